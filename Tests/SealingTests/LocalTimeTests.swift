import Foundation
import Sealing
import Testing

@Suite("Local time")
struct LocalTimeTests {
    private static func moments(_ text: String, _ zone: String) throws -> [String] {
        let zone = try #require(TimeZone(identifier: zone))
        let found = try #require(LocalTime(text)).moments { moment in
            1_000 * zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.rawValue) / 1_000))
        }
        return [found.first, found.last].map { CivilTime($0).rfc3339 }
    }

    @Test(
        "A time that a zone shows once is one moment",
        arguments: [
            ("2026-11-23", "UTC", "2026-11-23T00:00:00Z"),
            ("2026-11-23T09:12", "Europe/Berlin", "2026-11-23T08:12:00Z"),
            ("2026-07-01T00:30:04", "Europe/Berlin", "2026-06-30T22:30:04Z"),
            ("2026-10-25T01:59:59", "Europe/Berlin", "2026-10-24T23:59:59Z"),
            ("2026-10-25T03:00", "Europe/Berlin", "2026-10-25T02:00:00Z"),
            ("2026-03-29T01:59:59", "Europe/Berlin", "2026-03-29T00:59:59Z"),
            ("2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00:00Z"),
            ("2026-01-05T12:00", "Asia/Kathmandu", "2026-01-05T06:15:00Z"),
            ("2028-02-29T12:00", "Pacific/Kiritimati", "2028-02-28T22:00:00Z"),
            ("9999-12-31T23:59:59", "UTC", "9999-12-31T23:59:59Z"),
        ])
    func once(text: String, zone: String, moment: String) throws {
        #expect(try Self.moments(text, zone) == [moment, moment])
    }

    @Test(
        "A time that a zone repeats is the first and the last pass",
        arguments: [
            ("2026-10-25T02:00", "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"),
            ("2026-10-25T02:59:59", "Europe/Berlin", "2026-10-25T00:59:59Z", "2026-10-25T01:59:59Z"),
            // The last hour of the day comes twice.
            ("2018-02-17T23:30", "America/Sao_Paulo", "2018-02-18T01:30:00Z", "2018-02-18T02:30:00Z"),
            // Clocks go back by half an hour only.
            ("2026-04-05T01:45", "Australia/Lord_Howe", "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z"),
        ])
    func twice(text: String, zone: String, first: String, last: String) throws {
        #expect(try Self.moments(text, zone) == [first, last])
    }

    @Test(
        "A time that a zone leaves out is the next moment that exists",
        arguments: [
            ("2026-03-29T02:00", "Europe/Berlin", "2026-03-29T01:00:00Z"),
            ("2026-03-29T02:59:59", "Europe/Berlin", "2026-03-29T01:00:00Z"),
            ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),
            ("2014-05-16", "Africa/Cairo", "2014-05-15T22:00:00Z"),
            // A whole day that did not exist.
            ("2011-12-30T12:00", "Pacific/Apia", "2011-12-30T10:00:00Z"),
        ])
    func never(text: String, zone: String, moment: String) throws {
        #expect(try Self.moments(text, zone) == [moment, moment])
    }

    @Test("Before 1970 in UTC is the first moment of all")
    func beforeTheFirst() throws {
        #expect(try Self.moments("1970-01-01", "Europe/Berlin") == ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"])
    }

    @Test(
        "Everything else is refused",
        arguments: [
            "", "2026", "2026-11", "2026-11-2", "2026-13-01", "2026-00-01", "2026-02-29", "2100-02-29", "2026-04-31",
            "2026-11-23T", "2026-11-23T9:12", "2026-11-23T24:00", "2026-11-23T09:60", "2026-11-23T09:12:60",
            "2026-11-23T09:12:04.4", "2026-11-23T09:12:04.0400", "2026-11-23 09:12", "1969-12-31", "26-11-23",
            "+026-11-23", "２026-11-23", "2026-11-23T09:12Z", "2026-11-23x",
        ])
    func refused(text: String) { #expect(LocalTime(text) == nil) }
}
