// Uniswap's own kits compute what pools give and take, what positions hold and what liquidity is
// worth: each case that comes in is answered in its place, with whole numbers as texts.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const JSBI = createRequire(require.resolve('@uniswap/v3-sdk'))('jsbi')
const { CurrencyAmount, Ether, Token } = require('@uniswap/sdk-core')
const v2 = require('@uniswap/v2-sdk')
const v3 = require('@uniswap/v3-sdk')
const v4 = require('@uniswap/v4-sdk')

const big = (text) => JSBI.BigInt(text)
const token = (address, decimals = 18) => new Token(1, address, decimals)
const amount = (currency, units) => CurrencyAmount.fromRawAmount(currency, units)
const units = (told) => told.quotient.toString()

// What a swap comes to, or why it cannot be done.
async function swapped(pool, [first, second], { amount: given, zero, exactIn, limit }) {
  const [from, to] = zero ? [first, second] : [second, first]
  const bound = limit ? big(limit) : undefined
  try {
    const [other, after] = exactIn
      ? await pool.getOutputAmount(amount(from, given), bound)
      : await pool.getInputAmount(amount(to, given), bound)
    const told = { other: units(other) }
    if (after.sqrtRatioX96) {
      Object.assign(told, {
        sqrtPrice: after.sqrtRatioX96.toString(),
        tick: after.tickCurrent,
        liquidity: after.liquidity.toString(),
      })
    }
    return told
  } catch (error) {
    return { refused: error.message || error.constructor.name }
  }
}

const ticksOf = (told) =>
  told.map(([index, liquidityNet, liquidityGross]) => ({ index, liquidityNet, liquidityGross }))

const answers = {
  async pair({ tokens: [one, other], reserves, swaps, supply, put, shares, fees, last }) {
    const pair = new v2.Pair(amount(token(one), reserves[0]), amount(token(other), reserves[1]))
    const both = [pair.token0, pair.token1]
    const found = []
    for (const each of swaps) found.push(await swapped(pair, both, each))
    const whole = amount(pair.liquidityToken, supply)
    const minted = pair.getLiquidityMinted(whole, amount(both[0], put[0]), amount(both[1], put[1]))
    const held = amount(pair.liquidityToken, shares)
    const terms = [whole, held, fees, fees ? last : undefined]
    return {
      address: pair.liquidityToken.address,
      swaps: found,
      minted: units(minted),
      burnt: both.map((each) => units(pair.getLiquidityValue(each, ...terms))),
    }
  },

  async pool({ family, tokens, fee, spacing, sqrtPrice, liquidity, tick, ticks, swaps, positions }) {
    const native = family === 'v4' && /^0x0+$/.test(tokens[0])
    const both = [native ? Ether.onChain(1) : token(tokens[0]), token(tokens[1])]
    const state = [sqrtPrice, liquidity, tick, ticksOf(ticks)]
    const kit = family === 'v4' ? v4 : v3
    const pool = family === 'v4'
      ? new v4.Pool(...both, fee, spacing, `0x${'00'.repeat(20)}`, ...state)
      : new v3.Pool(...both, fee, ...state)
    const found = []
    for (const each of swaps) found.push(await swapped(pool, both, each))
    return {
      id: family === 'v4' ? pool.poolId : v3.Pool.getAddress(...both, fee),
      swaps: found,
      positions: positions.map(([lower, upper, held]) => {
        const position = new kit.Position({ pool, liquidity: held, tickLower: lower, tickUpper: upper })
        const { amount0, amount1 } = position.mintAmounts
        return {
          taken: [units(position.amount0), units(position.amount1)],
          put: [amount0.toString(), amount1.toString()],
        }
      }),
    }
  },

  async tick({ tick }) {
    const price = v3.TickMath.getSqrtRatioAtTick(tick)
    return { price: price.toString(), back: v3.TickMath.getTickAtSqrtRatio(price) }
  },

  async price({ sqrtPrice, fee, tokens, decimals }) {
    const tick = v3.TickMath.getTickAtSqrtRatio(big(sqrtPrice))
    const [one, other] = tokens.map((each, index) => token(each, decimals[index]))
    const pool = new v3.Pool(one, other, fee, sqrtPrice, 0, tick, [])
    return {
      tick,
      prices: [pool.token0Price, pool.token1Price].map((each) => each.toSignificant(24)),
      usable: v3.nearestUsableTick(tick, pool.tickSpacing),
    }
  },

  async liquidity({ sqrtPrice, low, high, amounts }) {
    const args = [sqrtPrice, low, high].map(big)
    return { liquidity: v3.maxLiquidityForAmounts(...args, ...amounts, false).toString() }
  },

  async step({ sqrtPrice, target, liquidity, remaining, fee }) {
    const told = v3.SwapMath.computeSwapStep(...[sqrtPrice, target, liquidity, remaining].map(big), big(fee))
    return { step: told.map(String) }
  },

  async owed({ liquidity, inside, last }) {
    const told = v3.PositionLibrary.getTokensOwed(...[...last, liquidity, ...inside].map(big))
    return { owed: told.map(String) }
  },
}

const told = []
for (const { kind, ...given } of JSON.parse(readFileSync(0, 'utf8'))) told.push(await answers[kind](given))
process.stdout.write(JSON.stringify(told))
