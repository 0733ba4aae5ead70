extension Duration {
  /// A duration as Go writes it: `300ms`, `1.5h`, `2h45m`. Nil for what is none.
  init?(goText text: String) {
    let units: [(name: String, duration: Duration)] = [
      ("ns", .nanoseconds(1)), ("us", .microseconds(1)), ("µs", .microseconds(1)), ("ms", .milliseconds(1)),
      ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)),
    ]
    var total = Duration.zero
    var rest = Substring(text)
    if rest == "0" {
      self = .zero
      return
    }
    if rest.isEmpty { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isNumber && $0.isASCII || $0 == "." }
      rest = rest.dropFirst(digits.count)
      let name = rest.prefix { !($0.isNumber && $0.isASCII || $0 == ".") }
      rest = rest.dropFirst(name.count)
      guard let number = Double(digits), let unit = units.first(where: { $0.name == name }) else { return nil }
      total += unit.duration * number
    }
    self = total
  }
}
