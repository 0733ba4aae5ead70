/// Writes metrics in the Prometheus text format, version 0.0.4:
///
///     # HELP etcd_server_has_leader Whether or not a leader exists. 1 is existence, 0 is not.
///     # TYPE etcd_server_has_leader gauge
///     etcd_server_has_leader 1
struct ExpositionText {
  private(set) var bytes: [UInt8] = []

  /// A family's two comment lines and what `samples` writes; nothing when that is nothing.
  mutating func family(_ name: String, help: String, kind: MetricKind, samples: (inout ExpositionText) -> Void) {
    let before = bytes.count
    append("# HELP \(name) \(Self.escape(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n")
    let begun = bytes.count
    samples(&self)
    if bytes.count == begun { bytes.removeSubrange(before...) }
  }

  mutating func sample(_ name: String, _ labels: [Label], _ value: Double) {
    append(name)
    if !labels.isEmpty {
      append("{")
      for (index, label) in labels.enumerated() {
        if index > 0 { append(",") }
        append("\(label.name)=\"\(Self.escape(label.value, quotes: true))\"")
      }
      append("}")
    }
    append(" \(Self.number(value))\n")
  }

  mutating func histogram(_ name: String, _ labels: [Label], _ histogram: Histogram) {
    let counts = histogram.cumulativeCounts
    for (bound, count) in zip(histogram.bounds + [.infinity], counts) {
      sample(name + "_bucket", labels + [Label("le", Self.number(bound))], Double(count))
    }
    sample(name + "_sum", labels, histogram.sum)
    sample(name + "_count", labels, Double(counts.last!))
  }

  private mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  private static func escape(_ text: String, quotes: Bool) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quotes: escaped += "\\\""
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// A number as Go writes it, so that a bucket is called what etcd calls it: the shortest digits that mean it, with an
  /// exponent below 10⁻⁴ and from 10⁶ on.
  ///
  ///     0.001   1   819200   1.048576e+06   2.147483648e+09   5.7815e-05   +Inf
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if value == 0 { return "0" }
    let (digits, exponent) = shortestDigits(value.magnitude)
    let sign = value < 0 ? "-" : ""
    if exponent < -4 || exponent >= 6 {
      let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
      let magnitude = exponent.magnitude
      return "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(magnitude < 10 ? "0" : "")\(magnitude)"
    }
    if exponent < 0 {
      return "\(sign)0." + String(repeating: "0", count: -exponent - 1) + digits
    }
    let whole = digits.prefix(exponent + 1) + String(repeating: "0", count: max(0, exponent + 1 - digits.count))
    let fraction = digits.dropFirst(exponent + 1)
    return sign + whole + (fraction.isEmpty ? "" : "." + fraction)
  }

  /// The digits of a positive number without leading and trailing zeros, and the power of ten of the first:
  /// 0.0012 is "12" and -3.
  private static func shortestDigits(_ value: Double) -> (digits: String, exponent: Int) {
    let parts = value.description.split(separator: "e")  // "1.5e-05", "1048576.0"
    let point = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let all = String(point[0] + (point.count > 1 ? point[1] : ""))
    let leading = all.prefix { $0 == "0" }.count
    var digits = String(all.dropFirst(leading))
    while digits.last == "0" { digits.removeLast() }
    return (digits, point[0].count - 1 - leading + (parts.count > 1 ? Int(parts[1])! : 0))
  }
}
