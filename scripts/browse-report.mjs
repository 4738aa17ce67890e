// Opens an HTML report in headless Chromium and uses it as a person would: views, filters, deep links, keys, print.
//
//   node scripts/browse-report.mjs REPORT.html [DIRECTORY FOR SCREENSHOTS]
//
// Talks to the browser over its debugging pipe, so that nothing has to be installed besides Chromium and Node 20.
// Exits with 1 when the page says anything on its console, asks for anything, or does not do what it should.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [report, shots] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), "plimsoll-browse-"));
const browser = spawn(process.env.CHROMIUM || "chromium", [
  "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", `--user-data-dir=${profile}`, "--window-size=1200,1000",
], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });

const waiting = new Map();
const heard = [];
let last = 0;
let rest = "";
browser.stdio[4].setEncoding("utf8").on("data", (chunk) => {
  const messages = (rest + chunk).split("\0");
  rest = messages.pop();
  for (const message of messages.map((text) => JSON.parse(text))) {
    if (message.id) waiting.get(message.id)?.(message);
    else heard.push(message);
  }
});
const send = (method, params = {}, sessionId = undefined) => new Promise((done, fail) => {
  const id = (last += 1);
  waiting.set(id, (message) => (message.error ? fail(new Error(`${method}: ${message.error.message}`)) : done(message.result)));
  browser.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
});
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

const problems = [];
try {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const page = (method, params) => send(method, params, sessionId);
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await page(`${domain}.enable`);
  const run = async (expression) => (await page("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true })).result.value;
  const expect = async (what, expression) => {
    const value = await run(expression);
    console.log(`${value ? "ok  " : "FAIL"} ${what}`);
    if (!value) problems.push(what);
  };
  const shoot = async (name) => {
    if (shots) writeFileSync(join(shots, `${name}.png`), Buffer.from((await page("Page.captureScreenshot")).data, "base64"));
  };
  const type = async (text) => {
    for (const key of text) await page("Input.dispatchKeyEvent", { type: "char", text: key, key });
  };
  const press = async (key) => {
    await page("Input.dispatchKeyEvent", { type: "keyDown", key, text: key.length === 1 ? key : undefined });
    await page("Input.dispatchKeyEvent", { type: "keyUp", key });
    await pause(100);
  };

  await page("Page.navigate", { url: pathToFileURL(resolve(report)).href });
  await pause(1500);
  const data = `JSON.parse(document.getElementById("data").textContent)`;
  await expect("the overview is what one sees first", `!document.getElementById("view-overview").hidden`);
  await shoot("overview");

  await run(`location.hash = "#findings"`);
  await pause(300);
  await expect("findings are listed", `document.querySelectorAll("#findings article").length > 0`);
  await shoot("findings");
  const rule = await run(`${data}.rules[0][0]`);
  await press("/");
  await expect("the key / searches", `document.activeElement.name === "text"`);
  await type(rule);
  await pause(300);
  await expect("text filters", `document.querySelectorAll("#findings article").length > 0 && [...document.querySelectorAll("#findings .place")].every((place) => place.textContent.includes(${JSON.stringify(rule)}))`);
  await expect("filters are in the address", `location.hash.includes("text=")`);
  await run(`location.hash = "#findings?level=warning"`);
  await pause(300);
  await expect("an address filters", `[...document.querySelectorAll("#findings article .level")].every((level) => level.classList.contains("warning"))`);
  await run(`document.activeElement.blur()`);
  await press("j");
  await expect("the key j goes to a finding", `document.activeElement.tagName === "SUMMARY" || document.querySelectorAll("#findings article").length === 0`);
  await press("Enter");

  const id = await run(`${data}.findings.at(-1)[0]`);
  await run(`location.hash = ${JSON.stringify(`#finding-${id}`)}`);
  await pause(500);
  await expect("a deep link opens its finding", `document.getElementById(${JSON.stringify(`finding-${id}`)})?.querySelector("details").open && document.querySelector("article.target pre mark") !== null`);
  await expect("and brings it into view", `(() => { const at = document.querySelector("article.target").getBoundingClientRect(); return at.top >= 0 && at.top < innerHeight; })()`);
  await shoot("finding");

  await run(`location.hash = "#owners"`);
  await pause(300);
  await expect("owners are drawn", `document.querySelector("#owners").children.length > 0`);
  await run(`for (let i = 0; i < 4; i += 1) document.querySelectorAll("#owners details:not([open])").forEach((details) => { details.open = true; })`);
  await pause(300);
  await run(`document.querySelectorAll("#owners details:not([open])").forEach((details) => { details.open = true; })`);
  await pause(300);
  await expect("branches are filled when they are opened", `[...document.querySelectorAll("#owners details")].every((details) => !details.open || details.children.length > 1 || details.textContent.includes("no objects"))`);
  await shoot("owners");

  await run(`location.hash = "#heat"`);
  await pause(300);
  await expect("the heat map has numbers", `document.querySelectorAll("#heat td a").length > 0`);
  await run(`document.querySelector("#heat td a").click()`);
  await pause(300);
  await expect("and leads to findings", `!document.getElementById("view-findings").hidden && document.querySelectorAll("#findings article").length > 0`);
  await run(`location.hash = "#heat"`);
  await pause(300);
  await shoot("heat");

  if (await run(`${data}.matrix !== null`)) {
    await run(`location.hash = "#environments"`);
    await pause(300);
    await expect("the environments have a table", `document.querySelectorAll("#environments td").length > 0`);
    await shoot("environments");
  }

  await page("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: "dark" }] });
  await run(`location.hash = "#findings"`);
  await pause(300);
  await expect("it is dark where people like that", `getComputedStyle(document.body).backgroundColor === "rgb(18, 22, 27)"`);
  await shoot("dark");
  const printed = await page("Page.printToPDF", {});
  if (shots) writeFileSync(join(shots, "printed.pdf"), Buffer.from(printed.data, "base64"));
  await expect("printing draws every view", `document.querySelectorAll("#heat table, #heat p").length > 0`);

  for (const { method, params } of heard) {
    if (method === "Runtime.consoleAPICalled" || method === "Runtime.exceptionThrown" || method === "Log.entryAdded") {
      problems.push(`the console says: ${JSON.stringify(params.exceptionDetails ?? params.entry ?? params.args)}`);
    }
    if (method === "Network.requestWillBeSent" && !params.request.url.startsWith("file:")) {
      problems.push(`the page asks for ${params.request.url}`);
    }
  }
} finally {
  browser.kill();
  await new Promise((done) => browser.once("exit", done));
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length ? 1 : 0;
