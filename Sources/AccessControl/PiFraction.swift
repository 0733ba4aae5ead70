/// The binary digits of pi after the point, which Blowfish begins with because nobody can have chosen them.
///
///     pi = 4 (4 arctan 1/5 - arctan 1/239)        Machin's formula, in fixed point: limbs[0] before the point
enum PiFraction {
  /// The first words, of 32 bits each.
  static func words(_ count: Int) -> [UInt32] {
    // Each of some ten thousand divisions may be off by one in the last place; a limb more takes that.
    let limbCount = 1 + (count + 1) / 2 + 1
    var pi = [UInt64](repeating: 0, count: limbCount)
    addArcTangent(ofOneOver: 5, times: 16, isAdded: true, to: &pi)
    addArcTangent(ofOneOver: 239, times: 4, isAdded: false, to: &pi)
    let words = pi.dropFirst().flatMap { [UInt32(truncatingIfNeeded: $0 >> 32), UInt32(truncatingIfNeeded: $0)] }
    return Array(words.prefix(count))
  }

  /// arctan 1/x = 1/x - 1/3x^3 + 1/5x^5 - …
  private static func addArcTangent(ofOneOver x: UInt64, times factor: UInt64, isAdded: Bool, to sum: inout [UInt64]) {
    let count = sum.count
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2 * count) { buffer in
      buffer.initialize(repeating: 0)
      let power = buffer.baseAddress!
      let term = power + count
      power[0] = factor
      divide(power, from: 0, count, by: x, into: power)
      sum.withUnsafeMutableBufferPointer { sum in
        var odd: UInt64 = 1
        var isAdded = isAdded
        // Powers get shorter from the front.
        var first = 0
        while true {
          while first < count && power[first] == 0 { first += 1 }
          if first == count { return }
          divide(power, from: first, count, by: odd, into: term)
          add(term, from: first, count, to: sum.baseAddress!, isNegative: !isAdded)
          divide(power, from: first, count, by: x * x, into: power)
          odd += 2
          isAdded.toggle()
        }
      }
    }
  }

  private static func divide(
    _ limbs: UnsafePointer<UInt64>, from first: Int, _ count: Int, by divisor: UInt64,
    into quotient: UnsafeMutablePointer<UInt64>
  ) {
    var remainder: UInt64 = 0
    var index = first
    while index < count {
      (quotient[index], remainder) = divisor.dividingFullWidth((remainder, limbs[index]))
      index += 1
    }
  }

  private static func add(
    _ term: UnsafePointer<UInt64>, from first: Int, _ count: Int, to sum: UnsafeMutablePointer<UInt64>,
    isNegative: Bool
  ) {
    var carry = false
    var index = count - 1
    while index >= 0 && (index >= first || carry) {
      let limb = index >= first ? term[index] : 0
      let (partial, overflow) =
        isNegative ? sum[index].subtractingReportingOverflow(limb) : sum[index].addingReportingOverflow(limb)
      let (result, carryOverflow) =
        isNegative
        ? partial.subtractingReportingOverflow(carry ? 1 : 0) : partial.addingReportingOverflow(carry ? 1 : 0)
      sum[index] = result
      carry = overflow || carryOverflow
      index -= 1
    }
  }
}
