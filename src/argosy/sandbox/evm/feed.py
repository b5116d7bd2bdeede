"""A price feed that tests and scenarios move: read as Chainlink's aggregators are."""

from argosy.sandbox.evm.own import ONE_WORD, Own

# A price feed as Chainlink's aggregators are read (AggregatorV3Interface), with 8 decimals.
# Storage: 0 owner, 1 answer, 2 round, 3 when it was set.
FEED = Own(
    name="PriceFeed",
    functions={
        "decimals()(uint8)": f"8 {ONE_WORD}",
        "version()(uint256)": f"4 {ONE_WORD}",
        "latestAnswer()(int256)": f"1 SLOAD {ONE_WORD}",
        "latestRoundData()(uint80,int256,uint256,uint256,uint80)": """
            2 SLOAD DUP1 PUSH0 MSTORE 0x80 MSTORE
            1 SLOAD 0x20 MSTORE
            3 SLOAD DUP1 0x40 MSTORE 0x60 MSTORE
            0xa0 PUSH0 RETURN""",
        "setAnswer(int256)()": """
            PUSH0 SLOAD CALLER XOR @refuse JUMPI
            4 CALLDATALOAD DUP1 1 SSTORE                ; answer
            2 SLOAD 1 ADD DUP1 2 SSTORE                 ; answer round
            TIMESTAMP DUP1 3 SSTORE PUSH0 MSTORE
            SWAP1 !AnswerUpdated(int256,uint256,uint256) ; round answer topic
            0x20 PUSH0 LOG3 STOP""",
    },
    events=("AnswerUpdated(int256 indexed,uint256 indexed,uint256)",),
)
