import OCISpec

extension Process {
    /// The process of an exec with what it leaves out and the container's first process has, as in runc: capabilities, OOM score, labels.
    ///
    /// Limits, umask and no_new_privs are not among them: each process says its own.
    func completed(from first: Process?) -> Process {
        guard let first else { return self }
        var process = self
        process.capabilities = capabilities ?? first.capabilities
        process.oomScoreAdj = oomScoreAdj ?? first.oomScoreAdj
        if apparmorProfile?.isEmpty != false { process.apparmorProfile = first.apparmorProfile }
        if selinuxLabel?.isEmpty != false { process.selinuxLabel = first.selinuxLabel }
        return process
    }
}
