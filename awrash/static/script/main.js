// Everything that pages do beyond plain forms and links, which work without it, but for adding a line to a form.
import "./form_lines.js";
import "./unsaved_changes.js";
import "./send_once.js";
import "./filters.js";
import "./fields.js";
import "./menus.js";
import "./list.js";
import "./column_names.js";
import "./drawer.js";
import "./attendance_sheet.js";
import "./page_keys.js";
import "./paper_words.js";
import "./progress.js";
