import LinuxSystem
import OCISpec

extension SpecBuilder {
    /// Limits and device rules.
    func resources() throws(ApusError) -> LinuxResources {
        var resources = try settings.resources.specification()
        if !settings.privileged {
            resources.devices = DefaultSpec.deviceRules
            for device in settings.devices {
                let host = try HostDevice(path: device.source)
                resources.devices?.append(
                    LinuxDeviceCgroup(allow: true, type: host.type, major: host.major, minor: host.minor, access: device.access))
            }
        }
        return resources
    }

    /// The nodes of `--device`, or all of the host's for `--privileged`.
    func devices() throws(ApusError) -> [LinuxDevice]? {
        var devices: [LinuxDevice] = []
        if settings.privileged { try collect("/dev", into: &devices) }
        for device in settings.devices {
            let node = try node(host: try HostDevice(path: device.source), target: device.target)
            devices.removeAll { $0.path == node.path }
            devices.append(node)
        }
        return devices.isEmpty ? nil : devices
    }

    private func node(host: HostDevice, target: String) throws(ApusError) -> LinuxDevice {
        LinuxDevice(path: target, type: host.type, major: host.major, minor: host.minor, fileMode: host.mode, uid: host.uid, gid: host.gid)
    }

    /// The container has its own terminals, shared memory and queues, so the host's stay out.
    private func collect(_ directory: String, into devices: inout [LinuxDevice]) throws(ApusError) {
        let own: Set = ["pts", "shm", "fd", "mqueue", "console", "ptmx", "stdin", "stdout", "stderr", ".udev", ".lxc", ".lxd-mounts"]
        for name in try listDirectory(directory) where !own.contains(name) {
            let path = "\(directory)/\(name)"
            if let host = try? HostDevice(path: path), (try? readLink(path)) == nil {
                devices.append(try node(host: host, target: path))
            } else if (try? openDirectory(path)) != nil, (try? readLink(path)) == nil {
                try collect(path, into: &devices)
            }
        }
    }
}
