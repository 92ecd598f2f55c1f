import Foundation
import Sealing

/// Reads the times of other tools. Times without a zone are in this one.
struct ForeignTime {
    let zone: TimeZone

    /// RFC 3339 with `T` or a space, any number of decimals, and an offset, `Z` or, if allowed, no zone.
    func milliseconds(_ text: String, needsZone: Bool) -> Milliseconds? {
        let form = /([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]{1,12}))?\s?(.*)/
        guard let found = text.wholeMatch(of: form)?.output else { return nil }
        var offset: Int?
        switch found.8 {
        case "": offset = nil
        case "Z", "z", "UTC": offset = 0
        default:
            guard let zone = found.8.wholeMatch(of: /([+-])([0-9]{2}):?([0-9]{2})/)?.output, let hours = Int(zone.2),
                let minutes = Int(zone.3), hours < 24, minutes < 60
            else { return nil }
            offset = (zone.1 == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)
        }
        guard offset != nil || !needsZone else { return nil }
        return moment(
            "\(found.1)-\(found.2)-\(found.3)T\(found.4):\(found.5):", second: found.6,
            fraction: found.7.map(String.init) ?? "", offset: offset)
    }

    /// PC Tracker's `2024-11-26_16:15:19` and OSWorld's `20241126@161519`, with more digits as decimals.
    func stamp(_ text: String) -> Milliseconds? {
        let form = /([0-9]{4})-?([0-9]{2})-?([0-9]{2})[_@T ]([0-9]{2}):?([0-9]{2}):?([0-9]{2})[.]?([0-9]{0,9})/
        guard let found = text.wholeMatch(of: form)?.output else { return nil }
        return moment(
            "\(found.1)-\(found.2)-\(found.3)T\(found.4):\(found.5):", second: found.6, fraction: String(found.7),
            offset: nil)
    }

    /// `offset` is in seconds east of Greenwich.
    private func moment(_ minute: String, second: Substring, fraction: String, offset: Int?) -> Milliseconds? {
        // The second 60 of a leap second is the next minute's first.
        let isLeap = second == "60"
        guard let time = LocalTime(minute + (isLeap ? "59" : second)) else { return nil }
        let whole =
            offset.map { time.moment(ahead: $0 * 1000) }
            ?? time.moments { zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double($0.rawValue) / 1000)) * 1000 }
            .first
        let part = fraction.isEmpty ? 0 : (Double("0." + fraction) ?? 0)
        return whole + Milliseconds(clamping: (part * 1000).rounded()) + (isLeap ? 1000 : 0)
    }
}
