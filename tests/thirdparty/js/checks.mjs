// Named checks one after another: each runs whatever became of those before it, and the last line
// that is printed says which failed, and why.

import { readFileSync } from 'node:fs'

export const setup = JSON.parse(readFileSync(0, 'utf8'))

const failed = []
let count = 0

// A promise that nobody waits for any more must not end the process before the list is printed.
process.on('unhandledRejection', (error) => failed.push(`unhandled: ${told(error)}`))

function told(error) {
  return (error?.stack ?? String(error)).split('\n').slice(0, 12).join('\n    ')
}

// A client that waits for an answer that never comes fails its check, and not the whole run.
function late() {
  return new Promise((_, reject) => setTimeout(reject, 15_000, new Error('not done in 15 s')).unref())
}

export async function check(name, run) {
  count += 1
  try {
    await Promise.race([run(), late()])
  } catch (error) {
    failed.push(`${name}: ${told(error)}`)
  }
}

// Ends the process: clients keep sockets and timers that would hold it.
export function finish(more = {}) {
  for (const each of failed) console.log(`FAILED ${each}`)
  console.log(JSON.stringify({ checks: count, failed: failed.length, ...more }))
  process.exit(failed.length ? 1 : 0)
}

// The first `wanted` values that are heard once `listen` has begun and `act` acts, when both are done.
export async function heard(wanted, listen, act) {
  let hear
  const all = new Promise((resolve) => {
    const found = []
    hear = (value) => {
      found.push(value)
      if (found.length === wanted) resolve(found)
    }
  })
  await listen(hear)
  await act()
  return all
}

// Runtime code that reverts with these bytes, whatever it is called with.
export function revertingWith(data) {
  const bytes = data.replace('0x', '')
  const size = (bytes.length / 2).toString(16).padStart(2, '0')
  return `0x60${size}80600b6000396000fd${bytes}`
}
