import CofferTestKit
import Crypto
import Testing

@testable import Sealing

@Suite("Pages")
struct PageTests {
    static let day: Day = 20_781
    static let x = Hash256(of: Bytes("x".utf8))
    let key = SymmetricKey(size: .bits256)
    let pseudonym = SigningKey()

    private func item(_ number: Int, kind: Kind = .keys, app: String = "code", day: Day = day) throws -> PageItem {
        let entry = PageEntry(
            kind: kind, app: try AppName(app), device: 1, from: day.start + Milliseconds(clamping: number / 2),
            until: day.start + Milliseconds(clamping: number), count: 3, bodyHash: Hash256(of: [UInt8(number & 255)]))
        return PageItem(entry: entry, contentKey: SymmetricKey(size: .bits256), object: Hash256(of: Random.bytes(8)))
    }

    private func seal(_ items: [PageItem]) throws -> Bytes {
        try Page.seal(items, x: Self.x, key: key, pseudonym: pseudonym)
    }

    private func open(
        _ file: Bytes, x: Hash256 = x, pseudonym: VerifyingKey? = nil, kind: Kind = .keys, app: String = "code",
        day: Day = day
    ) throws -> [PageItem] {
        try Page.open(
            file, x: x, key: key, pseudonym: pseudonym ?? self.pseudonym.publicKey, kind: kind, app: AppName(app),
            day: day)
    }

    @Test("A page or index opens to what was sealed", arguments: [1, 2, 150])
    func opensWhatItSealed(count: Int) throws {
        let items = try (0..<count).map { try item($0) }
        let file = try seal(items.shuffled())
        let opened = try open(file)
        let ordered = items.sorted { PageEntry.precedes($0.entry, $1.entry) }
        #expect(opened.map(\.entry) == ordered.map(\.entry))
        #expect(opened.map(\.contentKey) == ordered.map(\.contentKey))
        #expect(opened.map(\.object) == ordered.map(\.object))
    }

    @Test("A page opens only in its own place")
    func isForItsPlaceOnly() throws {
        let file = try seal([try item(0)])
        #expect(throws: SealingError.notAuthentic) { try open(file, x: Hash256(of: [1])) }
        #expect(throws: SealingError.notAuthentic) { try open(file, pseudonym: SigningKey().publicKey) }
        #expect(throws: SealingError.malformed(.notCanonical)) { try open(file, kind: .screen) }
        #expect(throws: SealingError.malformed(.notCanonical)) { try open(file, app: "other") }
        #expect(throws: SealingError.malformed(.notCanonical)) { try open(file, day: Self.day + 1) }
    }

    @Test("The items of a page are of one place")
    func itemsAreOfOnePlace() throws {
        for stranger in [
            try item(1, kind: .screen), try item(1, app: "other"), try item(1, day: Self.day + 1), try item(0),
        ] {
            #expect(throws: SealingError.malformed(.notCanonical)) { try seal([try item(0), stranger]) }
        }
        #expect(throws: SealingError.malformed(.outOfBounds)) { try seal([]) }
        let many = try (0...Page.maximumItems).map { try item($0) }
        #expect(throws: SealingError.malformed(.outOfBounds)) { try seal(many) }
    }

    @Test("Any change is refused")
    func anyChangeIsRefused() throws {
        let file = try seal([try item(0), try item(1)])
        for offset in stride(from: 0, to: file.count, by: 41) {
            var changed = file
            changed[offset] ^= 1 << (offset % 8)
            #expect(throws: SealingError.notAuthentic) { try open(changed) }
        }
        for count in [0, 56, 100, file.count - 1] {
            #expect(throws: SealingError.self) { try open(Array(file[..<count])) }
        }
    }

    /// A job has the page's key, and still cannot change what the pseudonym signed.
    @Test("The signature covers every byte")
    func theSignatureCoversEveryByte() throws {
        let file = try seal([try item(0), try item(1)])
        let plaintext = try ChunkedEncryption.open(file, key: key, context: Self.x.bytes)
        let last = plaintext.lastIndex { $0 != 0 } ?? 0
        for offset in 0..<last + 64 {
            var changed = plaintext
            changed[offset] ^= 1 << (offset % 8)
            let forged = try ChunkedEncryption.seal(changed, key: key, context: Self.x.bytes)
            #expect(throws: SealingError.self, "byte \(offset)") { try open(forged) }
        }
    }
}

@Suite("Page indices")
struct PageIndexTests {
    static let monday = Day(20_781).monday
    let key = SymmetricKey(size: .bits256)
    let pseudonym = SigningKey()
    let salt = Scope.salt(root: SymmetricKey(size: .bits256))
    let x = PageIndex.x(consent: Hash256(of: [1]), monday: monday)

    private func scope() throws -> Scope {
        try Scope(kinds: [.keys, .screen], apps: [AppName("code")], from: Self.monday, until: Self.monday + 5)
    }

    private func line(
        _ page: PageID = .random(), kind: Kind = .keys, app: String = "code", day: Day = monday
    ) throws -> IndexLine {
        IndexLine(page: page, kind: kind, app: try AppName(app), day: day, object: Hash256(of: Random.bytes(8)))
    }

    private func index(_ lines: [IndexLine], link: IndexLink? = nil) throws -> PageIndex {
        try PageIndex(monday: Self.monday, scope: scope(), salt: salt, lines: lines, link: link)
    }

    private func open(_ file: Bytes, monday: Day = monday, commitment: Hash256? = nil) throws -> PageIndex {
        let commitment = try commitment ?? scope().commitment(salt: salt)
        return try PageIndex.open(
            file, x: x, key: key, pseudonym: pseudonym.publicKey, monday: monday, scopeCommitment: commitment,
            isLinked: false)
    }

    @Test("A page or index opens to what was sealed", arguments: [0, 1, 100])
    func opensWhatItSealed(count: Int) throws {
        let index = try index((0..<count).map { try line(day: Self.monday + Day($0 % 6)) })
        let file = try index.seal(x: x, key: key, pseudonym: pseudonym)
        #expect(try open(file) == index)
        #expect(throws: SealingError.notAuthentic) { try open(file, commitment: Hash256(of: [2])) }
        #expect(throws: SealingError.notAuthentic) {
            try PageIndex.open(
                file, x: x, key: key, pseudonym: SigningKey().publicKey, monday: Self.monday,
                scopeCommitment: scope().commitment(salt: salt), isLinked: false)
        }
    }

    @Test("Lines lie inside the scope and the week")
    func linesLieInScopeAndWeek() throws {
        for bad in [
            try line(kind: .window), try line(app: "other"), try line(day: Self.monday - 1),
            try line(day: Self.monday + 6), try line(day: Self.monday + 7), try line(.zero),
            try line(.week(Self.monday)),
        ] {
            #expect(throws: FormatError.notCanonical) { try index([bad]) }
        }
        let page = PageID.random()
        #expect(throws: FormatError.notCanonical) { try index([try line(page), try line(page)]) }
        #expect(throws: FormatError.outOfBounds) {
            try PageIndex(monday: Self.monday + 1, scope: scope(), salt: salt, lines: [], link: nil)
        }
    }

    @Test("Any change is refused")
    func anyChangeIsRefused() throws {
        let file = try index([try line()]).seal(x: x, key: key, pseudonym: pseudonym)
        for offset in stride(from: 0, to: file.count, by: 41) {
            var changed = file
            changed[offset] ^= 1 << (offset % 8)
            #expect(throws: SealingError.notAuthentic) { try open(changed) }
        }
        #expect(throws: SealingError.malformed(.notCanonical)) { try open(file, monday: Self.monday + 7) }
    }

    // MARK: Links

    private func week(isLinked: Bool = true) throws -> IndexWeek {
        IndexWeek(
            consent: Hash256(of: [1]), pseudonym: pseudonym.publicKey,
            scopeCommitment: try scope().commitment(salt: salt), monday: Self.monday, isLinked: isLinked)
    }

    private func link(_ r: UInt32, count: UInt32 = 0, after previous: IndexLink.Place? = nil, closed: Bool = false)
        throws -> IndexLink
    {
        try IndexLink(r: r, device: 3, count: count, previous: previous, isClosed: closed)
    }

    @Test("A linked index opens under its own r, and under no other")
    func linked() throws {
        let before = IndexLink.Place(monday: Self.monday - 7, r: 9)
        for link in [
            try link(2), try link(2, count: 1, after: before), try link(2, count: .max, after: before, closed: true),
        ] {
            let index = try index([try line()], link: link)
            let file = try index.seal(x: x, key: key, pseudonym: pseudonym)
            #expect(try week().open(file, r: 2, key: key) == index)
            for r: UInt32 in [0, 1, 3, .max] {
                #expect(throws: SealingError.notAuthentic) { try week().open(file, r: r, key: key) }
            }
            // The consent says which form its indices have. Neither form reads as the other.
            #expect(throws: SealingError.self) { try week(isLinked: false).open(file, r: 2, key: key) }
        }
        let plain = try index([try line()]).seal(x: x, key: key, pseudonym: pseudonym)
        #expect(throws: SealingError.self) { try week().open(plain, r: 0, key: key) }
        #expect(try week(isLinked: false).open(plain, r: 7, key: key).link == nil)
    }

    @Test("A link that contradicts itself is refused")
    func contradictions() throws {
        let before = IndexLink.Place(monday: Self.monday, r: 0)
        #expect(throws: FormatError.notCanonical) { try link(1, count: 1) }
        #expect(throws: FormatError.notCanonical) { try link(1, after: before) }
        for monday in [0, Self.monday + 1] as [Day] {
            #expect(throws: FormatError.notCanonical) { try link(1, count: 1, after: .init(monday: monday, r: 0)) }
        }
        // As bytes: r, device, count, Monday and r of the one before, closed.
        for bytes in [
            [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0],
            [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
            [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0],
        ] as [Bytes] {
            var reader = ByteReader(bytes)
            #expect(throws: FormatError.notCanonical) { try IndexLink(&reader) }
        }
    }

    /// Objects of one week cannot be told to belong together.
    @Test("The names of objects differ")
    func objectNamesDiffer() {
        let names = (0..<100).map { PageIndex.objectName(key: key, r: $0) }
        #expect(Set(names).count == 100)
        #expect(PageIndex.objectName(key: SymmetricKey(size: .bits256), r: 0) != names[0])
    }
}
