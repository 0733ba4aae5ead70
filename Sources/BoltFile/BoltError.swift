import DiskIO

/// Why a backend file cannot be read or written.
public enum BoltError: Error, Sendable, Equatable {
  case disk(DiskError)
  /// The file is no backend file at all, or both pages that begin one are damaged.
  case notBackendFile(path: String)
  case damaged(path: String, page: UInt64, what: String)
}

extension BoltError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .disk(let error): error.description
    case .notBackendFile(let path): "\(path) is not a backend file, or both of its meta pages are damaged"
    case .damaged(let path, let page, let what): "the backend file \(path) is damaged at page \(page): \(what)"
    }
  }

  public var remedy: String? {
    switch self {
    case .disk(let error): error.remedy
    case .notBackendFile, .damaged: "restore it from a snapshot or a backup; nothing in it was changed"
    }
  }
}

/// Runs file calls, and gives their errors this module's type.
func boltErrors<Result>(_ body: () throws(DiskError) -> Result) throws(BoltError) -> Result {
  do throws(DiskError) { return try body() } catch { throw .disk(error) }
}
