import CFlow
import CSwitch
import LinuxSystem

/// The programs of flows, in memory that the datapath reads while this writes.
///
/// Equal action lists are one program. A program that flows name never changes; the place of one that none names any more is used again only
/// after a wait for whoever may still be reading it.
@safe struct ProgramStore {
    private struct Entry {
        var references: Int
        let words: [UInt64]
        let chain: [UInt32]
    }

    private let memory: UnsafeMutablePointer<apus_program>
    private let first = UInt32(APUS_INJECT_PROGRAMS)
    private let count: UInt32
    private var entries: [UInt32: Entry] = [:]
    private var byWords: [[UInt64]: UInt32] = [:]
    /// Never used yet: from here on.
    private var unused: UInt32
    private var free: [UInt32] = []
    private var retired: [UInt32] = []
    private let wait: () -> Void

    /// - Parameters:
    ///   - memory: of `count` programs; it stays there as long as this.
    ///   - wait: ends when nobody reads what he found before it began.
    init(memory: UnsafeMutablePointer<apus_program>, count: UInt32, wait: @escaping () -> Void) {
        unsafe self.memory = memory
        self.count = count
        self.wait = wait
        unused = first
    }

    /// The number of a program with these actions; to be given back by `release`.
    mutating func acquire(_ actions: [ProgramAction]) throws(ApusError) -> UInt32 {
        let words = actions.flatMap(\.words)
        if let known = byWords[words] {
            entries[known]?.references += 1
            return known
        }
        let perProgram = Int(APUS_ACTIONS_A_PROGRAM)
        let chain = try take((actions.count + perProgram - 1) / perProgram)
        write(actions, to: chain)
        entries[chain[0]] = Entry(references: 1, words: words, chain: chain)
        byWords[words] = chain[0]
        return chain[0]
    }

    mutating func release(_ program: UInt32) {
        guard var entry = entries[program] else { return }
        entry.references -= 1
        entries[program] = entry
        guard entry.references == 0 else { return }
        entries[program] = nil
        byWords[entry.words] = nil
        retired += entry.chain
    }

    /// Writes a program for one packet that the daemon sends; it lasts until the next call.
    func writeInjection(_ actions: [ProgramAction]) throws(ApusError) -> UInt32 {
        let perProgram = Int(APUS_ACTIONS_A_PROGRAM)
        let needed = max(1, (actions.count + perProgram - 1) / perProgram)
        guard needed < Int(first) else { throw ApusError(.notSupported, "cannot send a packet with \(actions.count) actions") }
        write(actions, to: Array(1...UInt32(needed)))
        return 1
    }

    /// The actions of a program.
    func read(_ program: UInt32) -> [ProgramAction] {
        var actions: [ProgramAction] = []
        for number in chain(of: program) {
            let place = unsafe memory + Int(number)
            let listed = unsafe Int(min(place.pointee.count, UInt32(APUS_ACTIONS_A_PROGRAM)))
            for index in 0..<listed { actions.append(unsafe place.actions[index]) }
        }
        return actions
    }

    /// Takes over a program that an earlier daemon has written.
    mutating func adopt(_ program: UInt32) {
        if entries[program] != nil {
            entries[program]?.references += 1
            return
        }
        let chain = chain(of: program)
        let words = read(program).flatMap(\.words)
        entries[program] = Entry(references: 1, words: words, chain: chain)
        byWords[words] = program
        unused = max(unused, (chain.max() ?? 0) + 1)
    }

    /// After the last `adopt`: what lies between the adopted ones is free.
    mutating func finishAdoption() {
        let used = Set(entries.values.flatMap(\.chain))
        free = (first..<max(first, unused)).filter { !used.contains($0) }
    }

    private func chain(of program: UInt32) -> [UInt32] {
        var chain: [UInt32] = []
        var number = program
        while number != 0, number < count, chain.count <= Int(APUS_MOST_STEPS) {
            chain.append(number)
            number = unsafe memory[Int(number)].next
        }
        return chain
    }

    private mutating func take(_ needed: Int) throws(ApusError) -> [UInt32] {
        let needed = max(1, needed)
        if free.count + Int(count - unused) < needed, !retired.isEmpty {
            wait()
            free += retired
            retired = []
        }
        guard free.count + Int(count - unused) >= needed else {
            throw ApusError(.notSupported, "cannot keep the actions of another flow: there are \(count) already")
        }
        var chain: [UInt32] = []
        for _ in 0..<needed {
            if let number = free.popLast() {
                chain.append(number)
            } else {
                chain.append(unused)
                unused += 1
            }
        }
        return chain
    }

    private func write(_ actions: [ProgramAction], to chain: [UInt32]) {
        let perProgram = Int(APUS_ACTIONS_A_PROGRAM)
        for (index, number) in chain.enumerated() {
            let part = actions.dropFirst(index * perProgram).prefix(perProgram)
            let place = unsafe memory + Int(number)
            unsafe place.pointee.count = UInt32(part.count)
            unsafe place.pointee.next = index + 1 < chain.count ? chain[index + 1] : 0
            for (position, action) in part.enumerated() { unsafe place.actions[position] = action }
        }
    }
}

extension UnsafeMutablePointer<apus_program> {
    /// The program's actions in their Swift form, which lies in memory as the C one does.
    fileprivate var actions: UnsafeMutablePointer<ProgramAction> {
        unsafe UnsafeMutableRawPointer(self).advanced(by: 16).assumingMemoryBound(to: ProgramAction.self)
    }
}
