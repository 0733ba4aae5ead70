import Synchronization

/// What a metric is, in the words of Prometheus.
public enum MetricKind: String, Sendable {
  case counter, gauge, histogram
}

/// Metrics of one name that differ in the values of their labels. A member comes to be when it is first asked for, under
/// a lock; who counts often keeps it.
public final class MetricFamily<Metric: Sendable>: Sendable {
  /// The labels' names, in the order in which their values are given.
  public let labels: [String]
  private let make: @Sendable () -> Metric
  private let members = Mutex<[[String]: Metric]>([:])

  init(labels: [String], make: @escaping @Sendable () -> Metric) {
    self.labels = labels
    self.make = make
  }

  /// The member whose labels have these values.
  public subscript(values: String...) -> Metric {
    precondition(values.count == labels.count, "one value for each of \(labels)")
    return members.withLock { members in
      if let member = members[values] { return member }
      let member = make()
      members[values] = member
      return member
    }
  }

  /// All members, ordered by their labels' values.
  var sorted: [(labels: [Label], metric: Metric)] {
    members.withLock { Array($0) }
      .sorted { $0.key.lexicographicallyPrecedes($1.key) }
      .map { values, metric in (zip(labels, values).map(Label.init), metric) }
  }
}

/// A label and its value: `grpc_code="OK"`.
public struct Label: Sendable, Equatable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// One number of a computed metric.
public struct Sample: Sendable {
  public var labels: [Label]
  public var value: Double

  public init(_ value: Double, labels: [Label] = []) {
    self.labels = labels
    self.value = value
  }
}
