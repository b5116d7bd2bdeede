// OpenSea's own API client and seaport-js: they read the simulated market, take orders that Argosy
// made, and leave orders for Argosy to take.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import * as ethers from 'ethers'
import { check, finish, setup } from './checks.mjs'

const require = createRequire(import.meta.url)
const { OpenSeaAPI } = require('@opensea/sdk')
const { Seaport } = require('@opensea/seaport-js')

const { slug, collection, weth, tokens, seaport: address, chain, made } = setup
const http = new ethers.JsonRpcProvider(setup.rpc, undefined, { cacheTimeout: -1, pollingInterval: 50 })
const signer = (index) =>
  ethers.HDNodeWallet.fromPhrase(setup.mnemonic, '', `m/44'/60'/0'/0/${index}`).connect(http)
const desk = signer(11)
const rival = signer(12)
const api = new OpenSeaAPI({ chain, apiKey: 'anything', apiBaseUrl: setup.url })
const market = (who) => new Seaport(who, { overrides: { contractAddress: address } })
const nfts = new ethers.Contract(collection, ['function ownerOf(uint256) view returns (address)'], http)
const NFT = 2 // item types of Seaport
const OTHER_NFT = 3 // ERC-1155, which the collection is not
const ETHER = ethers.parseEther
const fees = setup.fees.map(([recipient, percent]) => ({ recipient, basisPoints: percent * 100 }))
const endTime = String(setup.now_s + 50_000)
const startTime = String(setup.now_s - 60)

async function done(useCase) {
  const { executeAllActions } = await useCase
  return executeAllActions()
}

async function fulfilled(order, who, more = {}) {
  const sent = await done(market(who).fulfillOrder({ order, accountAddress: who.address, ...more }))
  assert.equal((await sent.wait()).status, 1)
}

// The order as it was signed: the API client gives its fields as the wire has them, in camel case.
const signed = ({ protocolData }) => ({ parameters: protocolData.parameters, signature: protocolData.signature })
const status = async (hash) => (await api.getOrderByHash(hash, address, chain)).status

// --- what is there ------------------------------------------------------------------------------

await check('the collection', async () => {
  const found = await api.getCollection(slug)
  assert.equal(found.collection, slug)
  assert.deepEqual(found.contracts.map((each) => each.address), [collection])
  assert.deepEqual(found.fees.map((each) => [each.recipient, each.fee, each.required]), setup.fees.map((each) => [...each, true]))
  assert.equal((await api.getCollectionStats(slug)).total.floorPrice, 1)
})

await check('its NFTs', async () => {
  const { nfts: all, next } = await api.getNFTsByCollection(slug, 8)
  assert.equal(all.length, 8)
  const more = await api.getNFTsByCollection(slug, 50, next)
  assert.equal(all.length + more.nfts.length, setup.supply)
  const { nft } = await api.getNFT(collection, String(tokens[0]), chain)
  assert.equal(nft.identifier, String(tokens[0]))
  assert.equal(nft.tokenStandard, 'erc721')
  assert.equal(nft.owners[0].address, desk.address.toLowerCase())
  const mine = await api.getNFTsByAccount(desk.address, 50, undefined, chain)
  assert.ok(mine.nfts.some((each) => each.identifier === String(tokens[0])))
})

await check('listings and offers that Argosy made', async () => {
  const { listings } = await api.getAllListings(slug, 10)
  assert.deepEqual(listings.map((each) => each.orderHash), [made.listing])
  const best = await api.getBestListing(slug, tokens[0])
  assert.equal(best.orderHash, made.listing)
  assert.equal(best.price.current.value, String(ETHER('1')))
  const { offers } = await api.getAllOffers(slug, 10)
  assert.deepEqual(offers.map((each) => each.orderHash).sort(), [made.bid, made.any].sort())
  const offer = await api.getBestOffer(slug, tokens[0])
  assert.equal(offer.orderHash, made.any)
  const one = await api.getOrderByHash(made.bid, address, chain)
  assert.equal(one.orderHash, made.bid)
  assert.equal(one.status, 'ACTIVE')
  await assert.rejects(api.getBestListing(slug, 999), /No active order/)
  const { assetEvents } = await api.getEventsByCollection(slug, { eventType: 'listing' })
  assert.equal(assetEvents[0].orderHash, made.listing)
})

await check('their hashes are those of seaport-js', async () => {
  for (const hash of [made.listing, made.bid, made.any]) {
    const order = signed(await api.getOrderByHash(hash, address, chain))
    assert.equal(market(desk).getOrderHash(order.parameters), hash)
  }
})

// --- Argosy's orders are taken ------------------------------------------------------------------

await check('a listing is bought', async () => {
  const order = signed(await api.getBestListing(slug, tokens[0]))
  await fulfilled(order, rival)
  assert.equal(await nfts.ownerOf(tokens[0]), rival.address)
  assert.equal(await status(made.listing), 'FULFILLED')
})

await check('an offer for any is taken', async () => {
  const order = signed(await api.getBestOffer(slug, tokens[0]))
  const criteria = [{ identifier: String(tokens[0]), proof: [] }]
  await fulfilled(order, rival, { considerationCriteria: criteria })
  assert.equal(await nfts.ownerOf(tokens[0]), desk.address)
  assert.equal(await status(made.any), 'FULFILLED')
})

// The client's own method names OpenSea's deployment of Seaport, whatever chain it is on.
function postedForAny({ parameters, signature }) {
  const criteria = { collection: { slug } }
  const body = { protocol_data: { parameters, signature }, criteria, protocol_address: address }
  return api.post('/api/v2/offers', body, undefined, { snakeizeBody: false })
}

// --- orders are made ----------------------------------------------------------------------------

const left = {}

async function listed(token, price) {
  const order = await done(market(desk).createOrder({
    offer: [{ itemType: NFT, token: collection, identifier: String(token) }],
    consideration: [{ amount: String(ETHER(price)), recipient: desk.address }],
    fees, startTime, endTime,
  }, desk.address))
  const posted = await api.postListing(order, address)
  assert.equal(posted.orderHash, market(desk).getOrderHash(order.parameters))
  return { order, hash: posted.orderHash }
}

async function offered(item, price) {
  return done(market(desk).createOrder({
    offer: [{ token: weth, amount: String(ETHER(price)) }],
    consideration: [{ ...item, token: collection, recipient: desk.address }],
    fees, startTime, endTime,
  }, desk.address))
}

await check('a listing is posted, and is the best', async () => {
  const { hash } = await listed(tokens[1], '2')
  const best = await api.getBestListing(slug, tokens[1])
  assert.equal(best.orderHash, hash)
  assert.equal(best.status, 'ACTIVE')
  assert.equal(best.type, 'basic')
  left.listing = hash
})

await check('an offer for one is posted', async () => {
  const order = await offered({ itemType: NFT, identifier: String(setup.rivals) }, '0.5')
  const posted = await api.postOffer(order, address)
  assert.equal((await api.getBestOffer(slug, setup.rivals)).orderHash, posted.orderHash)
  left.bid = posted.orderHash
})

await check('an offer for any of the collection is posted', async () => {
  const posted = await postedForAny(await offered({ itemType: NFT, criteria: '0' }, '0.4'))
  assert.equal(posted.criteria.collection.slug, slug)
  left.any = posted.orderHash
})

await check('an order is cancelled', async () => {
  const { order, hash } = await listed(tokens[2], '3')
  const sent = await market(desk).cancelOrders([order.parameters], desk.address).transact()
  assert.equal((await sent.wait()).status, 1)
  assert.equal(await status(hash), 'CANCELLED')
  await assert.rejects(fulfilled(order, rival))
})

await check('what is wrong is refused in words', async () => {
  const { order } = await listed(tokens[2], '4')
  const other = { ...order, parameters: { ...order.parameters, salt: '0x77' } }
  await assert.rejects(api.postListing(other, address), /not the offerer's/)
  await assert.rejects(api.postOffer(order, address), /another kind/)
  const strange = await offered({ itemType: OTHER_NFT, criteria: '0' }, '0.4')
  await assert.rejects(postedForAny(strange), /not of the collection's token standard/)
  await assert.rejects(api.getCollection('nothing'), /not found/)
  await assert.rejects(api.getOrderByHash(`0x${'11'.repeat(32)}`, address, chain), /not found/)
})

finish({ left })
