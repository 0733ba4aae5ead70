import Foundation

/// The seed of a randomised test: printed, and taken from ETCH_TEST_SEED to run a failure again.
public enum TestSeed {
  public static func make(_ test: String = #function) -> UInt64 {
    let given = ProcessInfo.processInfo.environment["ETCH_TEST_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0...UInt64(UInt32.max))
    print("\(test): ETCH_TEST_SEED=\(seed)")
    return seed
  }
}

/// SplitMix64: the same numbers for the same seed on every machine.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
