extension RuntimeStats {
    /// Memory in bytes.
    public struct Memory: Codable, Sendable, Equatable {
        /// Page cache.
        public var cache: UInt64?
        /// Memory.
        public var usage = Entry()
        /// Memory and swap together.
        public var swap = Entry()
        /// The kernel's own, cgroup v1 only.
        public var kernel = Entry()
        /// Buffers of TCP, cgroup v1 only.
        public var kernelTCP = Entry()
        /// Every line of `memory.stat`.
        public var raw: [String: UInt64]?
        /// Time lost by waiting (PSI), cgroup v2 only.
        public var psi: Pressure?

        /// One kind of memory.
        public struct Entry: Codable, Sendable, Equatable {
            /// The limit; the greatest number for none on v2.
            public var limit: UInt64 = 0
            /// In use.
            public var usage: UInt64?
            /// The most that was ever in use.
            public var max: UInt64?
            /// How often the limit was met.
            public var failcnt: UInt64 = 0
        }
    }

    /// Block devices, in the tables of cgroup v1.
    public struct BlockIO: Codable, Sendable, Equatable {
        /// Bytes.
        public var serviceBytes: [Entry]?
        /// Operations.
        public var serviced: [Entry]?
        /// Operations that wait.
        public var queued: [Entry]?
        /// Nanoseconds between dispatch and completion.
        public var serviceTime: [Entry]?
        /// Nanoseconds in queues.
        public var waitTime: [Entry]?
        /// Operations that were merged.
        public var merged: [Entry]?
        /// Milliseconds of disk time.
        public var time: [Entry]?
        /// Sectors.
        public var sectors: [Entry]?
        /// Time lost by waiting (PSI), cgroup v2 only.
        public var psi: Pressure?

        enum CodingKeys: String, CodingKey {
            case serviceBytes = "ioServiceBytesRecursive"
            case serviced = "ioServicedRecursive"
            case queued = "ioQueueRecursive"
            case serviceTime = "ioServiceTimeRecursive"
            case waitTime = "ioWaitTimeRecursive"
            case merged = "ioMergedRecursive"
            case time = "ioTimeRecursive"
            case sectors = "sectorsRecursive"
            case psi
        }

        /// One number of one device.
        public struct Entry: Codable, Sendable, Equatable {
            /// The major number.
            public var major: UInt64?
            /// The minor number.
            public var minor: UInt64?
            /// `Read`, `Write`, `Sync`, `Async`, `Discard`, `Total`; nil where there is one number.
            public var op: String?
            /// The number.
            public var value: UInt64?
        }
    }
}
