// A program plays one scenario of its own for a test, which is its user: each line is JSON.
import { createInterface } from "node:readline"

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const read = async () => JSON.parse((await lines.next()).value)
const write = (said) => process.stdout.write(`${JSON.stringify(said)}\n`)

/** What the test answers: `await ask("login", url)`. */
export async function ask(what, about) {
  write({ ask: what, about })
  return read()
}

/** Give back what the scenario gives that the test has named. A failure ends the program. */
export async function play(scenarios) {
  const { scenario, given } = await read()
  write({ result: (await scenarios[scenario](given)) ?? null })
  process.exit(0)
}
