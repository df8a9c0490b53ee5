import CSwitch
import Glibc
import LinuxSystem

/// The memory of a BPF map, which programs read and write at the same time.
@safe struct SharedMemory<Element>: ~Copyable {
    /// Its elements.
    let elements: UnsafeMutablePointer<Element>
    let count: Int

    /// Maps the memory of an array map of `count` elements (BPF_F_MMAPABLE).
    init(_ map: Int32, count: Int) throws(ApusError) {
        guard let memory = unsafe apus_map_memory(map, count * MemoryLayout<Element>.size) else {
            let error = errno
            throw ApusError(errno: error, "cannot map the memory of the datapath")
        }
        unsafe elements = memory.assumingMemoryBound(to: Element.self)
        self.count = count
    }

    deinit { unsafe munmap(elements, count * MemoryLayout<Element>.size) }
}
