import DiskIO
import Foundation
import TestSupport
import Testing

@Suite struct PosixDiskTests {
  let folder = TemporaryFolder()
  let disk = PosixDisk()

  @Test("A file keeps what is written at offsets, and reads short at its end")
  func writesAndReads() throws {
    let file = try disk.open(folder.file("a"), .create)
    try file.write([1, 2, 3], at: 0)
    try file.write([9], at: 5)
    try file.sync()
    #expect(try file.read(10, at: 1) == [2, 3, 0, 0, 9])
    #expect(try file.size() == 6)
    try file.truncate(to: 2)
    #expect(try disk.read(folder.file("a")) == [1, 2])
    try file.preallocate(8192)
    #expect(try file.size() == 8192)
    #expect(try file.read(4, at: 8188) == [0, 0, 0, 0])
  }

  @Test("Names: list, rename, replace, remove, folders in folders")
  func names() throws {
    let inner = folder.file("x/y/z")
    try disk.createDirectory(inner)
    try disk.createDirectory(inner)
    try disk.replace(inner + "/b", with: [1])
    try disk.replace(inner + "/a", with: [2])
    try disk.replace(inner + "/a", with: [3])
    #expect(try disk.list(inner) == ["a", "b"])
    try disk.rename(inner + "/b", to: inner + "/a")
    #expect(try disk.read(inner + "/a") == [1])
    try disk.remove(inner + "/a")
    #expect(try disk.exists(inner + "/a") == false)
    #expect(try disk.list(inner) == [])
    try disk.remove(inner)
    #expect(try disk.exists(inner) == false)
    #expect(try disk.freeSpace(at: folder.path) > 0)
  }

  @Test("Opening with openOrCreate keeps what is there, create empties it")
  func access() throws {
    try disk.replace(folder.file("a"), with: [1])
    _ = try disk.open(folder.file("a"), .openOrCreate)
    #expect(try disk.read(folder.file("a")) == [1])
    _ = try disk.open(folder.file("a"), .create)
    #expect(try disk.read(folder.file("a")) == [])
  }

  @Test("A second lock is refused and names the process that holds the first")
  func locks() throws {
    let first = try disk.open(folder.file("a"), .create)
    try first.lock()
    let second = try disk.open(folder.file("a"), .update)
    let refusal = try #require(throws: DiskError.self) { try second.lock() }
    #if os(Linux)
      let own = Int(ProcessInfo.processInfo.processIdentifier)
      #expect(refusal.reason == .locked(processID: own))
      #expect(refusal.description == "\(folder.file("a")) is in use by process \(own)")
      #expect(refusal.remedy == "end process \(own), or choose another folder")
    #endif
    first.close()
    try second.lock()
  }

  @Test("Errors name what was tried, the path and the system's words")
  func errors() throws {
    let missing = try #require(throws: DiskError.self) { try disk.open(folder.file("none/a"), .read) }
    #expect(missing.reason == .missing)
    #expect(missing.description == "cannot open \(folder.file("none/a")): No such file or directory")
    try disk.replace(folder.file("file"), with: [])
    let notFolder = try #require(throws: DiskError.self) { try disk.createDirectory(folder.file("file")) }
    #expect(notFolder.description == "cannot create the folder \(folder.file("file")): Not a directory")
    let file = try disk.open(folder.file("file"), .read)
    file.close()
    let closed = try #require(throws: DiskError.self) { try file.read(1, at: 0) }
    #expect(closed.description == "cannot read \(folder.file("file")): Bad file descriptor")
    #if os(Linux)
      let full = try #require(throws: DiskError.self) {
        let device = try disk.open("/dev/full", .update)
        try device.write([1], at: 0)
      }
      #expect(full.reason == .full)
      #expect(full.description == "cannot write /dev/full: No space left on device")
    #endif
  }
}
