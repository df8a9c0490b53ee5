import CShim
import Glibc

/// Loads a device program (BPF_PROG_TYPE_CGROUP_DEVICE, instructions of eight bytes) and binds it to a v2 cgroup.
///
/// A program that an earlier call bound there is replaced in one step; programs of others stay.
/// - Parameter name: the cgroup, for messages.
public func attachDeviceProgram(
    _ instructions: [UInt64], to cgroup: borrowing OwnedFD, name: @autoclosure () -> String
) throws(ApusError) {
    let directory = cgroup.raw
    let program = OwnedFD(
        adopting: try systemCall("cannot load the device program of cgroup \(name())") {
            unsafe apus_bpf_load_device_program(instructions, UInt32(clamping: instructions.count))
        })
    let loaded = program.raw
    let found = apus_bpf_find_device_program(directory)
    let number = errno
    if found < 0 && number != ENOENT { throw ApusError(errno: number, "cannot ask for the device program of cgroup \(name())") }
    defer { if found >= 0 { close(found) } }
    try systemCall("cannot bind the device program to cgroup \(name())") { apus_bpf_attach_device_program(directory, loaded, found) }
}
