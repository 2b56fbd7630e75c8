"""Words of the demonstration: names in Arabic and Latin letters, all invented combinations."""

from awrash.values.states import CriterionKind

FAMILIES = [
    ("أكنوز", "AGNOUZ"), ("المسعودي", "EL MASSOUDI"), ("الإدريسي", "EL IDRISSI"), ("حيمود", "HAIMOUD"),
    ("بوهوش", "BOUHOUCH"), ("أوعلي", "OUALI"), ("بولعيد", "BOULAID"), ("الراجي", "ERRAJI"), ("بن يدر", "BEN IDDER"),
    ("أمزيل", "AMZIL"), ("أوبلا", "OUBELLA"), ("أزناك", "AZNAG"), ("بوتخسين", "BOUTAKHSSINE"), ("أيت الحاج", "AIT EL HAJ"),
    ("العمراني", "EL AMRANI"), ("أيت بيهي", "AIT BIHI"), ("أوشن", "OUCHEN"), ("السوسي", "SOUSSI"), ("تيزنيتي", "TIZNITI"),
    ("أمغار", "AMGHAR"), ("إد بلا", "ID BELLA"), ("أكرام", "AGRAM"), ("الهواري", "EL HOUARI"), ("أبودرار", "ABOUDRAR"),
    ("الكرسيفي", "EL GUERSIFI"), ("بوفوس", "BOUFOUS"), ("أيت سعيد", "AIT SAID"), ("الطالبي", "TALBI"),
]  # fmt: skip
WOMEN = [
    ("أمينة", "AMINA"), ("خديجة", "KHADIJA"), ("إيمان", "IMANE"), ("زينب", "ZINEB"), ("سعاد", "SOUAD"), ("عائشة", "AICHA"),
    ("مريم", "MARIAM"), ("نعيمة", "NAIMA"), ("فاطمة", "FATIMA"), ("حليمة", "HALIMA"), ("إجة", "IJJA"), ("تودة", "TOUDA"),
    ("رشيدة", "RACHIDA"), ("لطيفة", "LATIFA"), ("فاضمة", "FADMA"), ("رقية", "RKIA"), ("السعدية", "SAADIA"), ("حنان", "HANANE"),
]  # fmt: skip
MEN = [
    ("سعيد", "SAID"), ("الحسين", "EL HOUSSAINE"), ("لحسن", "LAHCEN"), ("عبد الرحيم", "ABDERRAHIM"), ("يوسف", "YOUSSEF"),
    ("عمر", "OMAR"), ("رشيد", "RACHID"), ("محمد", "MOHAMED"), ("عبد الله", "ABDELLAH"), ("حسن", "HASSAN"),
    ("إبراهيم", "BRAHIM"), ("مصطفى", "MUSTAPHA"), ("أحمد", "AHMED"), ("بوجمعة", "BOUJEMAA"), ("علي", "ALI"), ("مبارك", "MBARK"),
    ("إسماعيل", "ISMAIL"), ("خالد", "KHALID"),
]  # fmt: skip
TEAM = ["مديرة النظام", "رئيسة الوحدة", "مكلف بالملفات", "مكلفة بالميدان", "مكلف بالأجور", "مكلفة بالشكايات", "مفتش"]
CARRIERS = [
    ("تافوكت", "Tafoukt"), ("أركان", "Argane"), ("الأمل", "Al Amal"), ("أفولكي", "Afoulki"), ("تيويزي", "Tiwizi"),
    ("المستقبل", "Al Moustakbal"), ("أزمزا", "Azmza"), ("النخيل", "Annakhil"), ("تيليلا", "Tilila"), ("الكرامة", "Al Karama"),
    ("إزوران", "Izouran"), ("الواحة", "Al Waha"), ("تامونت", "Tamount"), ("البيئة", "Al Bia"), ("أناروز", "Anarouz"),
]  # fmt: skip
TITLES = [
    ("تهيئة الفضاءات الخضراء", "Aménagement des espaces verts", 3),
    ("رقمنة أرشيف الجماعة", "Numérisation des archives de la commune", 4),
    ("محو الأمية لفائدة النساء", "Alphabétisation des femmes", 2),
    ("صيانة المسالك القروية", "Entretien des pistes rurales", 0),
    ("مرافقة الأشخاص المسنين", "Accompagnement des personnes âgées", 1),
    ("التنشيط الرياضي للأحياء", "Animation sportive des quartiers", 5),
    ("تشجير محيط المدارس", "Reboisement autour des écoles", 3),
    ("الدعم التربوي للتلاميذ", "Soutien scolaire des élèves", 2),
    ("ترميم السقايات القديمة", "Restauration des fontaines anciennes", 0),
    ("تنظيف مجرى واد سوس", "Nettoyage du lit de l'oued Souss", 3),
]
JOBS = ["عامل(ة) بستنة", "عامل(ة) صيانة", "منشط(ة)", "مؤطر(ة)", "كاتب(ة)", "عامل(ة) بناء", "مرافق(ة)"]
MEMBERS = ["ممثل قسم العمل الاجتماعي", "ممثلة أنابيك", "ممثل الصندوق الوطني للضمان الاجتماعي", "ممثلة مجلس العمالة"]
SERVICE = "المديرية الإقليمية للفلاحة"
DOCUMENTS = [
    ("القانون الأساسي", "Statuts"),
    ("الوصل النهائي للإيداع القانوني", "Récépissé définitif de dépôt légal"),
    ("لائحة أعضاء المكتب", "Liste des membres du bureau"),
    ("التقرير المالي", "Rapport financier"),
    ("شهادة بيان التعريف البنكي", "Attestation de RIB"),
]
CRITERIA = [
    (CriterionKind.direct_impact, "الوقع المباشر", "Impact direct", 40),
    (CriterionKind.innovation, "الابتكار", "Innovation", 20),
    (CriterionKind.transparency, "الشفافية", "Transparence", 20),
    (CriterionKind.seriousness, "الجدية", "Sérieux", 20),
]
SPECIFICATIONS_AR = "دفتر التحملات الخاص بمشاريع أوراش: الأهداف، الفئات المستهدفة، الالتزامات، التتبع."
SPECIFICATIONS_FR = "Cahier des charges des projets Awrach : objectifs, publics, obligations, suivi."
COMPLAINTS = [
    "لم أتوصل بأجر الشهر الماضي.",
    "الأجر الذي توصلت به أقل من أيام العمل.",
    "طلب مني تسليم جزء من الأجر.",
    "ما زالت بطاقتي البنكية عند الجمعية.",
    "يصرح بشخص لا يحضر إلى الورش.",
]
