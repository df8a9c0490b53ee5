extension FilterTable {
    /// A program with the same decisions and fewer instructions, or the same one.
    static func compacted(_ program: [FilterInstruction]) -> [FilterInstruction] {
        guard let table = FilterTable(of: program) else { return program }
        let compact = table.code(argumentsFrom: program)
        return compact.count < program.count ? compact : program
    }

    /// The search tree, followed by the parts of the program that look at arguments.
    func code(argumentsFrom program: [FilterInstruction]) -> [FilterInstruction] {
        var writer = Writer()
        let places = writer.copy(
            program, from: architectures.flatMap(\.ranges).compactMap { range in if case .arguments(let position) = range.outcome { position } else { nil } })
        var next = writer.emit(.answer(otherwise))
        for (token, ranges) in architectures.reversed() {
            writer.forgetAnswers()
            let tree = writer.tree(ranges[...], places)
            if tree != writer.here { _ = writer.jump(to: tree) }
            let load = writer.emit(.load(0))
            next = writer.branch(.equal, token, yes: load, no: next)
        }
        if next != writer.here { _ = writer.jump(to: next) }
        _ = writer.emit(.load(4))
        return writer.code.reversed()
    }

    /// Writes a program from its end to its start, so that every target of a jump is known: BPF jumps forward only.
    ///
    /// A place is the number of instructions from it to the end.
    private struct Writer {
        var code: [FilterInstruction] = []
        private var answers: [UInt32: Int] = [:]

        /// The place of what was written last.
        var here: Int { code.count }

        mutating func emit(_ instruction: FilterInstruction) -> Int {
            code.append(instruction)
            return here
        }

        mutating func jump(to place: Int) -> Int { emit(.skip(UInt32(here - place))) }

        /// A branch; jumps that are too far for its eight bits go over another one.
        mutating func branch(_ comparison: FilterInstruction.Comparison, _ value: UInt32, yes: Int, no: Int) -> Int {
            var (yes, no) = (yes, no)
            if here - yes > 254 { yes = jump(to: yes) }
            if here - no > 255 { no = jump(to: no) }
            return emit(.jump(comparison, value, yes: UInt8(here - yes), no: UInt8(here - no)))
        }

        /// Answers of another section may be too far away to share.
        mutating func forgetAnswers() { answers = [:] }

        /// The place where the search among the ranges begins.
        mutating func tree(_ ranges: ArraySlice<Range>, _ places: [Int: Int]) -> Int {
            if ranges.count == 1, let range = ranges.first {
                switch range.outcome {
                case .arguments(let position): return jump(to: places[position] ?? here)
                case .action(let action):
                    if let place = answers[action], here - place < 200 { return place }
                    let place = emit(.answer(action))
                    answers[action] = place
                    return place
                }
            }
            let middle = ranges.startIndex + ranges.count / 2
            let upper = tree(ranges[middle...], places)
            let lower = tree(ranges[..<middle], places)
            return branch(.atLeast, ranges[middle].start, yes: upper, no: lower)
        }

        /// Copies the parts of a program that look at arguments; answers with the new place of every instruction.
        mutating func copy(_ program: [FilterInstruction], from entries: [Int]) -> [Int: Int] {
            var needed = Set<Int>()
            var open = entries
            while let position = open.popLast() {
                guard position < program.count, needed.insert(position).inserted else { continue }
                open += FilterTable.successors(program[position], at: position)
            }
            var places: [Int: Int] = [:]
            for position in needed.sorted(by: >) {
                var instruction = program[position]
                // What lies between is shorter or as long as it was, so every distance still fits.
                func distance(_ target: Int) -> Int { here - (places[target] ?? here) }
                if instruction.code == FilterInstruction.skip {
                    instruction.value = UInt32(distance(position + 1 + Int(instruction.value)))
                } else if FilterInstruction.Comparison(rawValue: instruction.code) != nil {
                    instruction.yes = UInt8(distance(position + 1 + Int(instruction.yes)))
                    instruction.no = UInt8(distance(position + 1 + Int(instruction.no)))
                }
                places[position] = emit(instruction)
            }
            return places
        }
    }

    /// Where a program goes on after an instruction.
    private static func successors(_ instruction: FilterInstruction, at position: Int) -> [Int] {
        switch instruction.code {
        case FilterInstruction.answer: []
        case FilterInstruction.skip: [position + 1 + Int(instruction.value)]
        case _ where FilterInstruction.Comparison(rawValue: instruction.code) != nil:
            [position + 1 + Int(instruction.yes), position + 1 + Int(instruction.no)]
        default: [position + 1]
        }
    }
}
