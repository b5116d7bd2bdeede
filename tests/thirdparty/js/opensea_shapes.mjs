// The simulated market's answers, field by field, against the description of its API that OpenSea
// publishes with its client.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { check, finish, setup } from './checks.mjs'

const place = new URL('./node_modules/@opensea/api-types/opensea-api.json', import.meta.url)
const { components, paths } = JSON.parse(readFileSync(place, 'utf8'))
const KINDS = {
  string: (value) => typeof value === 'string',
  integer: Number.isInteger,
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  object: (value) => value !== null && typeof value === 'object' && !Array.isArray(value),
  array: Array.isArray,
}

function whole(schema) {
  if (schema.$ref) return whole(components.schemas[schema.$ref.split('/').at(-1)])
  if (!schema.allOf) return schema
  const parts = schema.allOf.map(whole)
  return {
    type: 'object',
    properties: Object.assign({}, ...parts.map((each) => each.properties)),
    required: [schema, ...parts].flatMap((each) => each.required ?? []),
  }
}

// What a value has that its schema has not, and the reverse.
function faults(given, value, where = '') {
  const schema = whole(given)
  if (schema.oneOf) {
    const all = schema.oneOf.map((each) => faults(each, value, where))
    return all.sort((a, b) => a.length - b.length)[0]
  }
  if (schema.type && !KINDS[schema.type](value)) return [`${where} is no ${schema.type}`]
  if (schema.enum && !schema.enum.includes(value)) return [`${where} is ${value}`]
  if (schema.type === 'array') {
    return value.flatMap((each, index) => faults(schema.items, each, `${where}[${index}]`))
  }
  if (!schema.properties) return []
  const missing = (schema.required ?? []).filter((name) => !(name in value))
  return [
    ...missing.map((name) => `${where}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, each]) =>
      schema.properties[name] ? faults(schema.properties[name], each, `${where}.${name}`) : [`${where}.${name} is unknown`],
    ),
  ]
}

for (const [path, actual] of Object.entries(setup.asked)) {
  await check(path, async () => {
    const headers = { 'x-api-key': 'anything' }
    const response = await fetch(`${setup.url}${actual}`, { headers })
    assert.equal(response.status, 200)
    const { content } = paths[path].get.responses['200']
    assert.deepEqual(faults(Object.values(content)[0].schema, await response.json()), [])
  })
}

finish()
