import CSwitch
import Glibc
import LinuxSystem

/// A BPF map by its descriptor; keys and values are copied as they lie in memory.
struct KernelMap: ~Copyable {
    let descriptor: OwnedFD
    /// For messages: "flows", "ports".
    let name: String

    init(_ descriptor: consuming OwnedFD, _ name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    func put<Key: BitwiseCopyable, Value: BitwiseCopyable>(_ key: Key, _ value: Value) throws(ApusError) {
        let raw = descriptor.raw
        try systemCall("cannot write to the datapath's map of \(name)") {
            unsafe withUnsafePointer(to: key) { key in unsafe withUnsafePointer(to: value) { unsafe apus_map_put(raw, key, $0) } }
        }
    }

    /// - Returns: nil where there is none.
    func get<Key: BitwiseCopyable, Value: BitwiseCopyable>(_ key: Key, into value: Value) throws(ApusError) -> Value? {
        let raw = descriptor.raw
        var value = value
        do throws(ApusError) {
            try systemCall("cannot read the datapath's map of \(name)") {
                unsafe withUnsafePointer(to: key) { key in unsafe withUnsafeMutablePointer(to: &value) { unsafe apus_map_get(raw, key, $0) } }
            }
        } catch {
            if error.errno == ENOENT { return nil }
            throw error
        }
        return value
    }

    /// Removes an element; one that is not there is no error.
    func remove<Key: BitwiseCopyable>(_ key: Key) throws(ApusError) {
        let raw = descriptor.raw
        do throws(ApusError) {
            try systemCall("cannot remove from the datapath's map of \(name)") { unsafe withUnsafePointer(to: key) { unsafe apus_map_remove(raw, $0) } }
        } catch {
            if error.errno != ENOENT { throw error }
        }
    }

    /// Every element, many with one call.
    ///
    /// What is put or removed meanwhile may be missing.
    func forEach<Key: BitwiseCopyable, Value: BitwiseCopyable>(_ key: Key, _ value: Value, _ body: (Key, Value) -> Void) throws(ApusError) {
        let raw = descriptor.raw
        // A call answers whole buckets of the map; one has hardly more than this.
        let room = 4096
        var keys = [Key](repeating: key, count: room)
        var values = [Value](repeating: value, count: room)
        var place: UInt32 = 0
        var isFirst: Int32 = 1
        var done: Int32 = 0
        while done == 0 {
            let count = try systemCall("cannot list the datapath's map of \(name)") {
                unsafe apus_map_batch(raw, &place, isFirst, &keys, &values, UInt32(room), &done)
            }
            isFirst = 0
            for index in 0..<Int(count) { body(keys[index], values[index]) }
        }
    }

    /// The sum over the processors of an element of a per-processor map, field by field of eight bytes.
    func sum(_ index: UInt32, fields: Int) throws(ApusError) -> [UInt64] {
        let processors = Int(apus_processors())
        var values = [UInt64](repeating: 0, count: fields * max(1, processors))
        let raw = descriptor.raw
        try systemCall("cannot read the datapath's map of \(name)") {
            unsafe withUnsafePointer(to: index) { key in unsafe apus_map_get(raw, key, &values) }
        }
        return (0..<fields).map { field in stride(from: field, to: values.count, by: fields).reduce(0) { $0 &+ values[$1] } }
    }

    /// Zeros an element of a per-processor map.
    func clear(_ index: UInt32, fields: Int) throws(ApusError) {
        let values = [UInt64](repeating: 0, count: fields * max(1, Int(apus_processors())))
        let raw = descriptor.raw
        try systemCall("cannot write to the datapath's map of \(name)") {
            unsafe withUnsafePointer(to: index) { key in unsafe apus_map_put(raw, key, values) }
        }
    }
}
