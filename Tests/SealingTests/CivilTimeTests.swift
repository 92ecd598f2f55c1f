import Sealing
import Testing

@Suite("Civil time")
struct CivilTimeTests {
    @Test(
        "Days as the calendar has them",
        arguments: [
            (0, "1970-01-01"), (58, "1970-02-28"), (59, "1970-03-01"), (789, "1972-02-29"), (11_016, "2000-02-29"),
            (20_780, "2026-11-23"), (47_540, "2100-02-28"), (47_541, "2100-03-01"), (2_932_896, "9999-12-31"),
        ] as [(Day, String)])
    func days(day: Day, date: String) { #expect(CivilTime(day).date == date) }

    @Test("The time of day, to the minute, the second and the millisecond")
    func clock() {
        let time = CivilTime(Day(20_780).start + 32_712_040)
        #expect(time.toMinute == "09:05" && time.clock == "09:05:12")
        #expect(time.rfc3339 == "2026-11-23T09:05:12Z")
        #expect(time.rfc3339Milliseconds == "2026-11-23T09:05:12.040Z")
        #expect(CivilTime(Day(20_781).start - 1).rfc3339Milliseconds == "2026-11-23T23:59:59.999Z")
    }

    @Test("No moment is too late to be named")
    func last() { #expect(CivilTime(Milliseconds.max).date == "584556019-04-03") }
}
