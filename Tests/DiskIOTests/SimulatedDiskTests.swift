import DiskIO
import TestSupport
import Testing

@Suite struct SimulatedDiskTests {
  @Test("A crash keeps what was synced and may lose, keep or tear what was not")
  func crashes() throws {
    var outcomes = Set<[UInt8]>()
    for seed in 0..<40 {
      let disk = SimulatedDisk(seed: UInt64(seed))
      let file = try disk.open("/a", .create)
      try disk.syncDirectory("/")
      try file.write([UInt8](repeating: 1, count: 1024), at: 0)
      try file.sync()
      try file.write([UInt8](repeating: 2, count: 1024), at: 0)
      disk.crash()
      let bytes = try disk.read("/a")
      outcomes.insert([bytes[0], bytes[1023]])
      #expect(bytes.count == 1024)
      #expect(throws: DiskError.self) { try file.write([1], at: 0) }
    }
    #expect(outcomes == [[1, 1], [1, 2], [2, 1], [2, 2]])
  }

  @Test("A name that no directory sync made last may be gone after a crash; one that was synced is not")
  func losesNames() throws {
    var counts = Set<Int>()
    for seed in 0..<20 {
      let disk = SimulatedDisk(seed: UInt64(seed))
      try disk.createDirectory("/d")
      try disk.replace("/d/old", with: [1])
      let file = try disk.open("/d/new", .create)
      try file.sync()
      try disk.rename("/d/old", to: "/d/moved")
      disk.crash()
      let names = try disk.list("/d")
      counts.insert(names.count)
      #expect(names.contains("old") != names.contains("moved"))
      #expect(names.contains("new") || !names.contains("moved"), "names are lost newest first")
    }
    #expect(counts == [1, 2])
  }

  @Test("It fills up, turns read-only, fails on demand and flips bits")
  func faults() throws {
    let disk = SimulatedDisk()
    let file = try disk.open("/a", .create)
    disk.capacity = 10
    try file.write([UInt8](repeating: 0, count: 10), at: 0)
    #expect(try #require(throws: DiskError.self) { try file.write([1], at: 10) }.reason == .full)
    #expect(try disk.freeSpace(at: "/") == 0)
    disk.flipBit(of: "/a", at: 3, bit: 2)
    #expect(try file.read(2, at: 3) == [4, 0])
    disk.fail(.sync, after: 1)
    try file.sync()
    #expect(throws: DiskError.self) { try file.sync() }
    try file.sync()
    disk.isReadOnly = true
    #expect(try #require(throws: DiskError.self) { try disk.open("/b", .create) }.reason == .notPermitted)
  }

  @Test("A lock lasts until its file is closed or its process dies")
  func locks() throws {
    let disk = SimulatedDisk()
    let first = try disk.open("/a", .create)
    try first.lock()
    let second = try disk.open("/a", .update)
    #expect(throws: DiskError.self) { try second.lock() }
    disk.killProcess()
    let third = try disk.open("/a", .update)
    try third.lock()
  }
}
