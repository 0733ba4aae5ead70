import Foundation
import Synchronization

/// Folders that live as long as the process: statics have no deinit.
enum AtExit {
  private static let folders = Mutex<[String]>([])
  private static let register: Void = { atexit { AtExit.removeAll() } }()

  static func remove(_ folder: String) {
    register
    folders.withLock { $0.append(folder) }
  }

  private static func removeAll() {
    for folder in folders.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: folder) }
  }
}
