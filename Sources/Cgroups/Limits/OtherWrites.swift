import LinuxSystem
import OCISpec

extension LinuxHugepageLimit {
    func writes(_ context: LimitContext) throws(ApusError) -> [CgroupWrite] {
        let field = "hugepageLimits[\(pageSize)]"
        guard !pageSize.contains(where: { $0 == "/" || $0 == "." }) else {
            throw ApusError(.invalidArgument, "cannot set \(field): no page size has such a name")
        }
        let name = try context.version(.hugetlb, field) == .v1 ? "limit_in_bytes" : "max"
        let value = String(limit)
        // Reservations (mmap) and faults are counted apart; a limit of one alone could be passed by the other.
        return [
            CgroupWrite(controller: .hugetlb, field: field, file: "hugetlb.\(pageSize).rsvd.\(name)", value: value, ifMissing: .skip),
            CgroupWrite(controller: .hugetlb, field: field, file: "hugetlb.\(pageSize).\(name)", value: value),
        ]
    }
}

extension LinuxRdma {
    func writes(_ device: String, _ context: LimitContext) throws(ApusError) -> [CgroupWrite] {
        let parts = [hcaHandles.map { "hca_handle=\($0)" }, hcaObjects.map { "hca_object=\($0)" }].compactMap { $0 }
        if parts.isEmpty { return [] }
        _ = try context.version(.rdma, "rdma[\(device)]")
        return [CgroupWrite(controller: .rdma, field: "rdma[\(device)]", file: "rdma.max", value: ([device] + parts).joined(separator: " "))]
    }
}

extension LinuxNetwork {
    func writes(_ context: LimitContext) throws(ApusError) -> [CgroupWrite] {
        var writes = [CgroupWrite]()
        if let classID, classID != 0 {
            _ = try context.version(.netClass, "network.classID")
            writes.append(CgroupWrite(controller: .netClass, field: "network.classID", file: "net_cls.classid", value: String(classID)))
        }
        for priority in priorities ?? [] {
            _ = try context.version(.netPriority, "network.priorities")
            let value = "\(priority.name) \(priority.priority)"
            writes.append(CgroupWrite(controller: .netPriority, field: "network.priorities", file: "net_prio.ifpriomap", value: value))
        }
        return writes
    }
}

/// Files of cgroup v2 by name.
///
/// A controller that is bound to v1 has none of them.
func unifiedWrites(_ files: [String: String], _ context: LimitContext) throws(ApusError) -> [CgroupWrite] {
    var writes = [CgroupWrite]()
    for (file, value) in files.sorted(by: { $0.key < $1.key }) {
        let field = "unified[\(file)]"
        let prefix = String(file.prefix { $0 != "." })
        guard !file.contains("/"), prefix.count < file.count else {
            throw ApusError(.invalidArgument, "cannot set \(field): no file of cgroup v2 has such a name")
        }
        if ["cgroup.procs", "cgroup.threads", "cgroup.kill"].contains(file) {
            throw ApusError(.notSupported, "cannot set \(field): it is no limit, and Apus itself uses it")
        }
        // Files of the core (cgroup.max.depth), and of controllers that came after this was written, have no controller here.
        let controller = CgroupController(rawValue: prefix)
        if let controller, try context.version(controller, field) == .v1 {
            throw ApusError(
                .notSupported,
                "invalid configuration: cannot set \(field): controller \"\(controller.legacyName)\" is bound to cgroup v1 on this host")
        }
        // A file of lines takes one a write.
        for line in value.split(separator: "\n") {
            writes.append(CgroupWrite(controller: controller, field: field, file: file, value: String(line)))
        }
    }
    return writes
}
