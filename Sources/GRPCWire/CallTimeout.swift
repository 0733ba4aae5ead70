/// The value of grpc-timeout: at most eight digits and a unit.
///
///     5 s -> "5S"    1500 ms -> "1500m"    100 h -> "100H"
public enum CallTimeout {
  private static let units: [(name: Character, nanoseconds: Int64)] = [
    ("H", 3_600_000_000_000), ("M", 60_000_000_000), ("S", 1_000_000_000), ("m", 1_000_000), ("u", 1000), ("n", 1),
  ]

  /// In the largest unit that says it exactly, else the smallest that fits, rounded up.
  static func encode(nanoseconds: Int64) -> String {
    guard nanoseconds > 0 else { return "0n" }
    for unit in units where nanoseconds % unit.nanoseconds == 0 && nanoseconds / unit.nanoseconds <= 99_999_999 {
      return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
    }
    let unit = units.last { nanoseconds / $0.nanoseconds < 99_999_999 }!
    return "\(nanoseconds / unit.nanoseconds + 1)\(unit.name)"
  }

  /// In nanoseconds, at most what Int64 holds; nil when it isn't written as gRPC has it.
  public static func decode(_ text: String) -> Int64? {
    let digits = text.dropLast()
    guard (1...8).contains(digits.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let value = Int64(digits), let unit = units.first(where: { $0.name == text.last })
    else { return nil }
    let (nanoseconds, overflow) = value.multipliedReportingOverflow(by: unit.nanoseconds)
    return overflow ? .max : nanoseconds
  }
}

extension Duration {
  /// In nanoseconds, at most what Int64 holds (292 years).
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflowOfSum) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    return overflow || overflowOfSum ? (seconds < 0 ? .min : .max) : sum
  }
}
