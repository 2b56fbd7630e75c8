"""The legal holidays with fixed days that every installation begins with; those of the Hijri calendar move."""

from datetime import date

PAID = "Décret n° 2-04-426 du 29 décembre 2004 (jours fériés payés)"
NEW_YEAR = "Décret n° 2-77-169 du 28 février 1977 (jours fériés chômés)"
YENNAYER = "Décret n° 2.23.1000 modifiant le décret n° 2-04-426 (nouvel an amazigh)"
UNITY = "Communiqué du Cabinet royal du 4 novembre 2025 (Aïd Al Wahda)"

# since when, in Arabic, in French, the text that says so
HOLIDAYS = [
    (date(2019, 1, 1), "رأس السنة الميلادية", "Nouvel an", NEW_YEAR),
    (date(2019, 1, 11), "ذكرى تقديم وثيقة المطالبة بالاستقلال", "Manifeste de l'indépendance", PAID),
    (date(2024, 1, 14), "رأس السنة الأمازيغية", "Nouvel an amazigh", YENNAYER),
    (date(2019, 5, 1), "عيد الشغل", "Fête du travail", PAID),
    (date(2019, 7, 30), "عيد العرش", "Fête du Trône", PAID),
    (date(2019, 8, 14), "ذكرى استرجاع إقليم وادي الذهب", "Journée de Oued Ed-Dahab", PAID),
    (date(2019, 8, 20), "ذكرى ثورة الملك والشعب", "Révolution du Roi et du Peuple", PAID),
    (date(2019, 8, 21), "عيد الشباب", "Fête de la jeunesse", PAID),
    (date(2025, 10, 31), "عيد الوحدة", "Fête de l'unité", UNITY),
    (date(2019, 11, 6), "ذكرى المسيرة الخضراء", "Marche verte", PAID),
    (date(2019, 11, 18), "عيد الاستقلال", "Fête de l'indépendance", PAID),
]
