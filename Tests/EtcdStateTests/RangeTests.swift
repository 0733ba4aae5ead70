import EtcdAPI
import EtcdState
import Testing

@Suite struct RangeTests {
  /// key      a    b    c    d
  /// create   2    3    4    5
  /// mod      8    3    7    5
  /// version  3    1    2    1
  private func drawn() throws -> ClusterState {
    var state = ClusterState()
    for (key, value) in [("a", "9"), ("b", "2"), ("c", "3"), ("d", "1"), ("a", "8"), ("c", "2"), ("a", "4")] {
      try state.put(key, value)
    }
    return state
  }

  @Test(
    "Results are sorted by any target, equal ones by key",
    arguments: [
      (.key, .none, "abcd"), (.key, .descend, "dcba"), (.version, .none, "bdca"), (.version, .descend, "acbd"),
      (.create, .ascend, "abcd"), (.create, .descend, "dcba"), (.mod, .none, "bdca"), (.mod, .descend, "acdb"),
      (.value, .ascend, "dbca"), (.value, .descend, "abcd"),
    ] as [(RangeRequest.SortTarget, RangeRequest.SortOrder, String)])
  func sorting(target: RangeRequest.SortTarget, order: RangeRequest.SortOrder, keys: String) throws {
    var request = RangeRequest("\0", "\0")
    request.sortTarget = target
    request.sortOrder = order
    let response = try drawn().range(request)
    #expect(response.texts.map { String($0.prefix(1)) }.joined() == keys)
  }

  @Test("Filters do not change the count, the limit cuts what is left, and more says that it did")
  func filters() throws {
    let state = try drawn()
    var request = RangeRequest("\0", "\0")
    request.minModRevision = 5
    request.limit = 2
    let response = try state.range(request)
    #expect(response.texts == ["a=4", "c=2"])
    #expect(response.count == 4)
    #expect(response.more)

    request.maxModRevision = 7
    #expect(try state.range(request).texts == ["c=2", "d=1"])
    #expect(try state.range(request).more == false)
    request.maxCreateRevision = 4
    #expect(try state.range(request).texts == ["c=2"])
    request.minCreateRevision = 5
    #expect(try state.range(request).texts == [])
  }

  @Test("Keys only has no values, count only nothing but the count")
  func parts() throws {
    let state = try drawn()
    var request = RangeRequest("a", "c")
    request.keysOnly = true
    #expect(try state.range(request).texts == ["a=", "b="])
    request.countOnly = true
    #expect(try state.range(request).texts == [])
    #expect(try state.range(request).count == 2)
  }

  @Test("A revision that is gone or to come names the nearest that can be read")
  func revisions() throws {
    var state = try drawn()
    var compaction = CompactionRequest()
    compaction.revision = 4
    try state.perform(.compaction(compaction))
    var request = RangeRequest("a")
    request.revision = 3
    #expect {
      try state.range(request)
    } throws: {
      let error = $0 as! EtcdError
      return error.message == EtcdError.compacted.message && error.cause!.contains("revision 4")
    }
    request.revision = 9
    #expect {
      try state.range(request)
    } throws: {
      let error = $0 as! EtcdError
      return error.message == EtcdError.futureRevision.message && error.cause!.contains("revision 8")
    }
  }
}
