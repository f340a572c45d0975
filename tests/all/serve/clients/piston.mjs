// Two clients of Piston: both are told the server, ask for its runtimes, and execute.

import assert from "node:assert/strict";
import { piston } from "piston-client";
import { PistonClient, NodePistonClient } from "piston-api-client";

const server = process.argv[2];
const expect = (what, found, expected) => {
  assert.deepEqual(found, expected, what);
  console.log(`${what}: ${JSON.stringify(found)}`);
};

const client = piston({ server });
expect("runtimes", (await client.runtimes()).map((runtime) => runtime.language), ["python"]);
const hello = await client.execute("python", "print('hi', input())", { stdin: "you" });
expect("piston-client", [hello.language, hello.run.stdout, hello.run.code], ["python", "hi you\n", 0]);
const endless = await client.execute("python", "while True: pass", { runTimeout: 500 });
expect("a timeout", [endless.run.signal, endless.run.status], ["SIGKILL", "TO"]);
const files = [{ name: "main.py", content: "import helper" }, { name: "helper.py", content: "print('beside')" }];
const beside = await client.execute({ language: "python", version: "3.x", files, args: [] });
expect("files", beside.run.output, "beside\n");

for (const Client of [PistonClient, NodePistonClient]) {
  const other = new Client({ server });
  const runtimes = await other.runtimes();
  expect(`${Client.name} runtimes`, [runtimes.success, runtimes.data[0].version], [true, "3.14.0"]);
  const result = await other.execute({
    language: "py",
    version: "*",
    files: [{ content: "import sys; print(sys.argv[1:])" }],
    args: ["Hello", "World"],
  });
  expect(`${Client.name} execute`, [result.success, result.data.run.output], [true, "['Hello', 'World']\n"]);
  const unknown = await other.execute({ language: "cobol", version: "*", files: [{ content: "" }] });
  expect(`${Client.name} refused`, unknown.data.message, "cobol-* runtime is unknown");
}
console.log("all as expected");
// The second client keeps a timer for its cache, of a day.
process.exit(0);
