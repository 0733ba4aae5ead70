import Metrics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What the process takes of the machine, under the names that Prometheus clients in every language use. What only
/// Linux's /proc tells is missing elsewhere.
public enum ProcessMetrics {
  public static func register(in metrics: MetricRegistry) {
    metrics.computed(.counter, "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.") {
      var usage = rusage()
      getrusage(ownUsage, &usage)
      return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
    for (name, help) in [
      ("process_max_fds", "Maximum number of open file descriptors."), ("os_fd_limit", "The file descriptor limit."),
    ] {
      metrics.computed(.gauge, name, help) { Double(limit(of: openFiles).rlim_cur) }
    }
    metrics.computed(
      .gauge, "process_virtual_memory_max_bytes", "Maximum amount of virtual memory available in bytes."
    ) { Double(limit(of: addressSpace).rlim_cur) }
    #if os(Linux)
      registerFromProc(in: metrics)
    #endif
  }

  // Glibc's headers make enumerations of what are numbers elsewhere.
  #if canImport(Glibc)
    private static let ownUsage = RUSAGE_SELF.rawValue
    private static let openFiles = Int32(RLIMIT_NOFILE.rawValue)
    private static let addressSpace = Int32(RLIMIT_AS.rawValue)
  #else
    private static let ownUsage = RUSAGE_SELF
    private static let openFiles = RLIMIT_NOFILE
    private static let addressSpace = RLIMIT_AS
  #endif

  private static func limit(of resource: Int32) -> rlimit {
    var limit = rlimit()
    getrlimit(resource, &limit)
    return limit
  }

  private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

  #if os(Linux)
    private static func registerFromProc(in metrics: MetricRegistry) {
      for (name, help) in [
        ("process_open_fds", "Number of open file descriptors."),
        ("os_fd_used", "The number of used file descriptors."),
      ] {
        metrics.computed(.gauge, name, help) { Double(openDescriptors()) }
      }
      metrics.computed(.gauge, "process_virtual_memory_bytes", "Virtual memory size in bytes.") { stat(23) }
      metrics.computed(.gauge, "process_resident_memory_bytes", "Resident memory size in bytes.") {
        stat(24) * Double(sysconf(Int32(_SC_PAGESIZE)))
      }
      let started = bootTime() + stat(22) / Double(sysconf(Int32(_SC_CLK_TCK)))
      metrics.computed(
        .gauge, "process_start_time_seconds", "Start time of the process since unix epoch in seconds."
      ) { started }
    }

    /// A field of /proc/self/stat by its number in proc(5). The second is in parentheses and may hold anything.
    private static func stat(_ field: Int) -> Double {
      let text = read("/proc/self/stat")
      guard let end = text.lastIndex(of: ")") else { return 0 }
      let fields = text[text.index(after: end)...].split(separator: " ")
      return fields.count > field - 3 ? Double(fields[field - 3]) ?? 0 : 0
    }

    /// Seconds since the epoch when the machine was started.
    private static func bootTime() -> Double {
      let line = read("/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
      return line.flatMap { Double($0.dropFirst("btime ".count)) } ?? 0
    }

    private static func openDescriptors() -> Int {
      guard let folder = opendir("/proc/self/fd") else { return 0 }
      defer { closedir(folder) }
      var count = 0
      while readdir(folder) != nil { count += 1 }
      // Without "." and "..", and the one of the folder itself.
      return count - 3
    }

    private static func read(_ path: String) -> String {
      String(decoding: (try? Data(contentsOf: URL(filePath: path))) ?? Data(), as: UTF8.self)
    }
  #endif
}
