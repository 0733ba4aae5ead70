import Synchronization

/// The metrics of one node, by name. Counting happens on the metrics themselves, without a lock; the registry is only
/// asked to make one and to write them all down.
public final class MetricRegistry: Sendable {
  private struct Entry: Sendable {
    var help: String
    var kind: MetricKind
    var write: @Sendable (_ name: String, _ text: inout ExpositionText) -> Void
  }

  private let entries = Mutex<[String: Entry]>([:])

  public init() {}

  public func counter(_ name: String, _ help: String) -> Counter {
    let counter = Counter()
    register(name, help, .counter) { name, text in text.sample(name, [], Double(counter.value)) }
    return counter
  }

  public func gauge(_ name: String, _ help: String) -> Gauge {
    let gauge = Gauge()
    register(name, help, .gauge) { name, text in text.sample(name, [], Double(gauge.value)) }
    return gauge
  }

  public func histogram(_ name: String, _ help: String, bounds: [Double]) -> Histogram {
    let histogram = Histogram(bounds: bounds)
    register(name, help, .histogram) { name, text in text.histogram(name, [], histogram) }
    return histogram
  }

  public func counters(_ name: String, _ help: String, labels: [String]) -> MetricFamily<Counter> {
    let family = MetricFamily(labels: labels) { Counter() }
    register(name, help, .counter) { name, text in
      for member in family.sorted { text.sample(name, member.labels, Double(member.metric.value)) }
    }
    return family
  }

  public func gauges(_ name: String, _ help: String, labels: [String]) -> MetricFamily<Gauge> {
    let family = MetricFamily(labels: labels) { Gauge() }
    register(name, help, .gauge) { name, text in
      for member in family.sorted { text.sample(name, member.labels, Double(member.metric.value)) }
    }
    return family
  }

  public func histograms(_ name: String, _ help: String, labels: [String], bounds: [Double]) -> MetricFamily<Histogram>
  {
    let family = MetricFamily(labels: labels) { Histogram(bounds: bounds) }
    register(name, help, .histogram) { name, text in
      for member in family.sorted { text.histogram(name, member.labels, member.metric) }
    }
    return family
  }

  /// A number found out when somebody asks.
  public func computed(_ kind: MetricKind, _ name: String, _ help: String, _ value: @escaping @Sendable () -> Double) {
    computedSamples(kind, name, help) { [Sample(value())] }
  }

  /// Numbers with labels, found out when somebody asks. None at all is fine: nothing of that name is written then.
  public func computedSamples(
    _ kind: MetricKind, _ name: String, _ help: String, _ samples: @escaping @Sendable () -> [Sample]
  ) {
    precondition(kind != .histogram, "a histogram is observed, not computed")
    register(name, help, kind) { name, text in
      for sample in samples() { text.sample(name, sample.labels, sample.value) }
    }
  }

  /// Everything in the Prometheus text format, version 0.0.4, ordered by name.
  public func text() -> [UInt8] {
    var text = ExpositionText()
    for (name, entry) in entries.withLock({ Array($0) }).sorted(by: { $0.key < $1.key }) {
      text.family(name, help: entry.help, kind: entry.kind) { entry.write(name, &$0) }
    }
    return text.bytes
  }

  private func register(
    _ name: String, _ help: String, _ kind: MetricKind,
    write: @escaping @Sendable (_ name: String, _ text: inout ExpositionText) -> Void
  ) {
    entries.withLock { entries in
      precondition(entries[name] == nil, "\(name) is registered twice")
      entries[name] = Entry(help: help, kind: kind, write: write)
    }
  }
}
