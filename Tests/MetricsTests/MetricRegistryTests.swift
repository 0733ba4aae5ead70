import Metrics
import Testing

@Suite("The registry writes what Prometheus reads")
struct MetricRegistryTests {
  @Test("Families come in order of name, each under its help and type")
  func order() {
    let registry = MetricRegistry()
    registry.counter("b_total", "The second.").add(3)
    registry.gauge("a", "The first.").set(-2)
    registry.computed(.gauge, "c", "Found out.") { 0.25 }
    #expect(
      registry.written == """
        # HELP a The first.
        # TYPE a gauge
        a -2
        # HELP b_total The second.
        # TYPE b_total counter
        b_total 3
        # HELP c Found out.
        # TYPE c gauge
        c 0.25

        """)
  }

  @Test("A histogram's buckets hold those before them, and the last is the count")
  func buckets() {
    let registry = MetricRegistry()
    let histogram = registry.histogram("h_seconds", "Times.", bounds: .doubling(from: 0.5, count: 3))
    for value in [0.5, 0.51, 2, 7] { histogram.observe(value) }
    histogram.observe(.milliseconds(1))
    #expect(
      registry.written == """
        # HELP h_seconds Times.
        # TYPE h_seconds histogram
        h_seconds_bucket{le="0.5"} 2
        h_seconds_bucket{le="1"} 3
        h_seconds_bucket{le="2"} 4
        h_seconds_bucket{le="+Inf"} 5
        h_seconds_sum 10.011
        h_seconds_count 5

        """)
  }

  @Test("A family's members are ordered by their labels, whose values are escaped")
  func labels() {
    let registry = MetricRegistry()
    let family = registry.counters("calls_total", "Back\\slash\nand newline.", labels: ["code", "method"])
    family["OK", "Put"].add(2)
    family["Aborted", "\"quoted\"\\\n"].add()
    family["OK", "Put"].add()
    #expect(
      registry.written == #"""
        # HELP calls_total Back\\slash\nand newline.
        # TYPE calls_total counter
        calls_total{code="Aborted",method="\"quoted\"\\\n"} 1
        calls_total{code="OK",method="Put"} 3

        """#)
  }

  @Test("A family without members is not mentioned")
  func empty() {
    let registry = MetricRegistry()
    _ = registry.counters("none_total", "Nothing yet.", labels: ["code"])
    registry.computedSamples(.gauge, "nothing", "Never.") { [] }
    #expect(registry.written == "")
  }

  @Test("Additions from many threads all count")
  func threads() async {
    let counter = Counter()
    let histogram = Histogram(bounds: [1])
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<1000 {
            counter.add()
            histogram.observe(0.5)
          }
        }
      }
    }
    #expect(counter.value == 8000)
    #expect(histogram.count == 8000)
    #expect(histogram.sum == 4000)
  }
}

@Suite("Numbers are written as etcd writes them")
struct NumberTests {
  @Test(
    "The shortest digits, with an exponent where Go has one",
    arguments: [
      (0, "0"), (1, "1"), (-1, "-1"), (0.001, "0.001"), (8.192, "8.192"), (655.36, "655.36"), (819200, "819200"),
      (1_048_576, "1.048576e+06"), (2_147_483_648, "2.147483648e+09"), (5.7815e-05, "5.7815e-05"),
      (0.000163492, "0.000163492"), (0.0001, "0.0001"), (1e6, "1e+06"), (100000, "100000"), (20480, "20480"),
      (18_446_744_073_709_551_615, "1.8446744073709552e+19"), (1e21, "1e+21"), (1e-100, "1e-100"),
      (1795537178.1125207, "1.7955371781125207e+09"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
    ] as [(Double, String)])
  func numbers(value: Double, written: String) {
    let registry = MetricRegistry()
    registry.computed(.gauge, "n", "A number.") { value }
    #expect(registry.written.split(separator: "\n").last == "n \(written)")
  }
}

extension MetricRegistry {
  var written: String { String(decoding: text(), as: UTF8.self) }
}
