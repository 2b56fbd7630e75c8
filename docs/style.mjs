// `make assets`: the style of the pages, one file for each direction: Tabler cut to what they use, then our own.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { build, transform } from "esbuild";
import { PurgeCSS } from "purgecss";

const HOUSE = "awrash";
const BUILT = process.env.BUILT || `${HOUSE}/static/built`;
const DIRECTIONS = { "awrash.css": "tabler.min.css", "awrash.rtl.css": "tabler.rtl.min.css" };

// Form fields and formatted values are written by Python, which names elements of HTML and none of Tabler's classes.
const WRITTEN_BY_PYTHON = [
  "bdi",
  "input",
  "label",
  "li",
  "optgroup",
  "option",
  "select",
  "span",
  "textarea",
  "time",
  "ul",
];

/** The files below a folder whose names end so, as PurgeCSS takes them. */
function filesBelow(folder, ending) {
  const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(ending));
  return names.sort().map((name) => `${folder}/${name}`);
}

/** Our own sheets, joined. */
async function ownStyle() {
  const entryPoints = [`${HOUSE}/static/style/main.css`];
  const built = await build({ entryPoints, bundle: true, charset: "utf8", external: ["*.woff2"], write: false });
  return built.outputFiles[0].text;
}

/** Tabler without the rules and variables that no template, script, or sheet of ours names. */
async function tablerInUse(name, own) {
  const purged = await new PurgeCSS().purge({
    content: [...filesBelow(`${HOUSE}/templates`, ".html"), ...filesBelow(`${HOUSE}/static/script`, ".js")],
    css: [{ raw: own }, { raw: readFileSync(`${HOUSE}/static/vendor/${name}`, "utf8") }], // ours first: it uses Tabler's variables
    safelist: WRITTEN_BY_PYTHON,
    keyframes: true,
    variables: true,
  });
  return purged[1].css;
}

const own = await ownStyle();
for (const [name, tabler] of Object.entries(DIRECTIONS)) {
  const style = `${await tablerInUse(tabler, own)}\n${own}`;
  const packed = await transform(style, { loader: "css", minify: true, charset: "utf8", legalComments: "inline" });
  writeFileSync(`${BUILT}/${name}`, packed.code);
}
