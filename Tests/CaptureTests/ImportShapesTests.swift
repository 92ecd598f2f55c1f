import CofferTestKit
import Foundation
import Records
import Sealing
import Testing

@testable import Capture

/// The shapes in which people have conversations and terminals.
@Suite("Shapes of imports")
struct ImportShapesTests {
    static let talks: [(shape: String, json: String, prompts: [String])] = [
        (
            "Anthropic's tools",
            #"{"messages":[{"role":"user","content":"list"},{"role":"assistant","content":[{"type":"text","text":"I look"},{"type":"tool_use","id":"1","name":"Bash","input":{"command":"ls /srv"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"alpha.txt"}]},{"type":"text","text":"and now?"}]}]}"#,
            ["user: list", "assistant: I look\nBash({\"command\":\"ls /srv\"})", "tool: alpha.txt", "user: and now?"]
        ),
        (
            "OpenAI's roles, calls, thinking and pictures",
            #"{"messages":[{"role":"developer","content":"be brief"},{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/y.png"}},{"type":"text","text":"what?"}]},{"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"5"}]}"#,
            [
                "system: be brief", "user: [image_url: https://x/y.png]\nwhat?",
                "assistant: <think>\nhm\n</think>\nf({})", "tool: 5",
            ]
        ),
        (
            "a bare array of messages", #"[{"role":"user","content":"hi"},{"role":"assistant","content":"yo"}]"#,
            ["user: hi", "assistant: yo"]
        ),
        (
            "ShareGPT with calls",
            #"{"system":"s","images":["a.png"],"conversations":[{"from":"human","value":"w?"},{"from":"function_call","value":"{}"},{"from":"observation","value":"5"},{"from":"gpt","value":null}]}"#,
            ["system: s", "user: w?\n[image: a.png]", "assistant: {}", "tool: 5", "assistant: "]
        ),
        (
            "LlamaFactory's parts",
            #"{"messages":[{"role":"user","content":[{"type":"text","value":"hi"}]},{"role":"assistant","content":[{"type":"text","value":"yo"}]}]}"#,
            ["user: hi", "assistant: yo"]
        ),
        (
            "Alpaca", #"[{"instruction":"add","input":"1 2","output":"3","history":[["a","b"]]}]"#,
            ["user: a", "assistant: b", "user: add\n1 2", "assistant: 3"]
        ),
        (
            "a FastChat log, whose lines repeat",
            """
            {"type":"chat","tstamp":1780000000.5,"state":{"conv_id":"c","roles":["USER","ASSISTANT"],"messages":[["USER","hi"],["ASSISTANT","yo"]]}}
            {"type":"chat","tstamp":1780000060.5,"state":{"conv_id":"c","roles":["USER","ASSISTANT"],"messages":[["USER","hi"],["ASSISTANT","yo"],["USER","more"],["ASSISTANT",null]]}}
            """, ["user: hi", "assistant: yo", "user: more"]
        ),
        (
            "ChatGPT's export",
            #"[{"title":"t","current_node":"c","mapping":{"a":{"message":null,"parent":null,"children":["b"]},"b":{"parent":"a","message":{"author":{"role":"user"},"create_time":1780000001.5,"content":{"content_type":"multimodal_text","parts":[{"content_type":"image_asset_pointer","asset_pointer":"file-service://f"},"hi"]}}},"x":{"parent":"b","message":{"author":{"role":"assistant"},"content":{"content_type":"text","parts":["other"]}}},"c":{"parent":"b","message":{"author":{"role":"assistant"},"create_time":1780000003,"content":{"content_type":"text","parts":["yo"]}}}}}]"#,
            ["user: [image_asset_pointer: file-service://f]\nhi", "assistant: yo"]
        ),
        (
            "Claude's export",
            #"[{"uuid":"1","chat_messages":[{"sender":"human","created_at":"2026-05-28T20:26:40Z","text":"hi","content":[{"type":"text","text":null}],"attachments":[{"file_name":"n.txt","extracted_content":"note"}]},{"sender":"assistant","text":"yo"}]}]"#,
            ["user: hi\n[attachment: n.txt]\nnote", "assistant: yo"]
        ),
        (
            "a Claude Code session",
            """
            {"type":"summary","summary":"s","leafUuid":"x"}
            {"type":"user","sessionId":"1","timestamp":"2026-05-28T20:26:40.100Z","message":{"role":"user","content":"hi"}}
            {"type":"assistant","sessionId":"1","timestamp":"2026-05-28T20:26:42.100Z","message":{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"yo"}]}}
            """, ["user: hi", "assistant: <think>\nhm\n</think>\nyo"]
        ),
        (
            "OpenHands",
            #"[{"timestamp":"2026-05-28T20:26:40.100","source":"user","action":"message","args":{"content":"hi"}},{"timestamp":"2026-05-28T20:26:42.1","source":"agent","action":"run","args":{"command":"ls","thought":"look"}},{"source":"agent","observation":"run","content":"a.txt"},{"source":"environment","observation":"agent_state_changed","content":""}]"#,
            ["user: hi", "assistant: <think>\nlook\n</think>\nls", "tool: a.txt"]
        ),
        (
            "SWE-agent's steps",
            #"{"trajectory":[{"action":"ls\n","observation":"alpha.txt\n","response":"I look\n```\nls\n```","thought":"I look"}]}"#,
            ["assistant: I look\n```\nls\n```", "tool: alpha.txt\n"]
        ),
        (
            "SWE-agent's history, whose thought stands beside the call",
            #"{"history":[{"role":"system","content":"s","agent":"main"},{"role":"assistant","content":"","thought":"I look","tool_calls":[{"function":{"name":"bash","arguments":"{\"command\":\"ls\"}"}}]},{"role":"tool","content":[{"type":"text","text":"a.txt"}]}]}"#,
            ["system: s", "assistant: I look\nbash({\"command\":\"ls\"})", "tool: a.txt"]
        ),
        (
            "FastChat's questions", #"{"question_id":81,"category":"writing","turns":["one","two"]}"#,
            ["user: one", "user: two"]
        ),
        (
            "two answers to one question",
            #"{"conversation_a":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"conversation_b":[{"role":"user","content":"q"},{"role":"assistant","content":"b"}]}"#,
            ["user: q", "assistant: a", "user: q", "assistant: b"]
        ),
        (
            "an empty conversation among others",
            #"[{"conversations":[]},{"conversations":[{"from":"human","value":"hi"}]}]"#,
            ["user: hi"]
        ),
        (
            "parts in place of a content",
            #"{"messages":[{"id":"1","role":"user","parts":[{"type":"text","text":"hi"}]},{"role":"assistant","parts":[{"type":"step-start"},{"type":"text","text":"yo"}]}]}"#,
            ["user: hi", "assistant: {\"type\":\"step-start\"}\nyo"]
        ),
        (
            "a message that is a sound",
            #"{"messages":[{"role":"assistant","content":null,"audio":{"id":"a1","transcript":"hello"}},{"role":"user","content":""}]}"#,
            [#"assistant: {"audio":{"id":"a1","transcript":"hello"}}"#, "user: "]
        ),
        (
            "what a tool answered, with a picture, nothing, and a part of an unknown type",
            #"{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"seen"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},{"type":"tool_result","tool_use_id":"2","content":null,"is_error":true},{"type":"tool_result","tool_use_id":"3","content":[{"type":"search_result","title":"t","content":[{"type":"text","text":"found"}]}]}]}]}"#,
            [
                "tool: seen\n[image: image/png]", "tool: ",
                #"tool: {"type":"search_result","title":"t","content":[{"type":"text","text":"found"}]}"#,
            ]
        ),
        (
            "thinking that is hidden or signed, and a refusal",
            #"{"messages":[{"role":"assistant","content":[{"type":"redacted_thinking","data":"x"},{"type":"thinking","thinking":"hm","signature":"s"},{"type":"refusal","refusal":"no"}]}]}"#,
            ["assistant: [redacted_thinking]\n<think>\nhm\n</think>\nno"]
        ),
        (
            "documents with a text in them",
            #"{"messages":[{"role":"user","content":[{"type":"document","title":"n.txt","source":{"type":"text","media_type":"text/plain","data":"note"}},{"type":"document","source":{"type":"content","content":[{"type":"text","text":"inner"}]}},{"type":"text","text":"sum up"}]}]}"#,
            ["user: [document: n.txt]\nnote\n[document: without a name]\ninner\nsum up"]
        ),
        (
            "half a pair of surrogates", #"{"messages":[{"role":"tool","content":"a\ud800b"}]}"#, ["tool: a\u{fffd}b"]
        ),
    ]

    @Test("Conversations keep every part, in order", arguments: talks)
    func conversations(_ shape: String, _ json: String, _ prompts: [String]) throws {
        let desk = try ImportDesk()
        try desk.seal(try desk.write(json), as: .transcript)
        #expect(try desk.prompts() == prompts)
    }

    @Test("Messages have their own times, and those without come after them")
    func messageTimes() throws {
        let desk = try ImportDesk()
        let json = """
            {"messages":[{"role":"user","content":"a","timestamp":"2026-05-28T20:26:40Z"},{"role":"assistant","content":"b"},
            {"role":"user","content":"c","timestamp":"2026-05-28T22:30:00+02:00"}]}
            """
        try desk.seal(try desk.write(json), as: .transcript)
        #expect(try desk.records(.prompt).map(\.time) == [1_780_000_000_000, 1_780_000_001_000, 1_780_000_200_000])
    }

    @Test(
        "A part that is not read is refused with its place",
        arguments: [
            (
                #"{"messages":[{"role":"user","content":"hi"},{"role":"nobody","content":"x"}]}"#,
                "message 2 has the unknown role"
            ),
            (#"{"messages":[{"role":"user","content":[{"type":"text"}]}]}"#, "message 1 has a part"),
            (#"{"messages":[{"role":"user","content":7}]}"#, "message 1 has a content that is no text"),
            (#"{"messages":[{"role":"user","content":"x"},{"role":"user","content":[[1]]}]}"#, "message 2 has a part"),
            (#"{"messages":[{"role":"user","content":"x"},{"role":"user","cont"#, "line 1 ends inside a JSON value"),
            (#"[{"messages":[]},{"messages":[{"content":"x"}]}]"#, "item 2, message 1 has no \"role\""),
            (
                #"{"messages":[{"role":"user","content":"x","created_at":"yesterday"}]}"#,
                "\"created_at\" that is no time"
            ),
            (
                "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}\n{\"foo\":1}",
                "line 2 holds no conversation: it has the members “foo”"
            ),
            (#"{"conversations":[],"chosen":{},"rejected":{}}"#, "chosen"),
            (#"{"id":1,"id":2,"messages":[]}"#, "the member “id” twice"),
            (
                "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}\n" + String(repeating: "\0", count: 64),
                "line 2 is filled with zero bytes"
            ),
        ])
    func refusedParts(_ json: String, _ words: String) throws {
        let desk = try ImportDesk()
        let error = try desk.refusal(try desk.write(json), as: .transcript)
        #expect(error?.code == .usage)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.hint?.contains("are read") == true)
    }

    static let header = #"{"version": 2, "width": 80, "height": 24, "timestamp": 1780000000}"# + "\n"
    static let castShapes: [(shape: String, bytes: Bytes, events: [String])] = [
        ("v1", Array(#"{"version": 1, "stdout": [[0.25, "a"], [0.5, "b"]]}"#.utf8), ["0 a", "500 b"]),
        (
            "v2 with a fraction", Array("{\"version\":2,\"timestamp\":1780000000.731}\n[0.5,\"o\",\"a\"]".utf8),
            ["1780000001231 a"]
        ),
        (
            "v3 counts from the event before",
            Array(
                "{\"version\":3,\"timestamp\":1780000000}\n# c\n[0.5,\"o\",\"a\"]\n[0.5,\"o\",\"b\"]\n[1,\"x\",\"0\"]"
                    .utf8),
            ["1780000000500 a", "1780000001000 b"]
        ),
        (
            "a byte order mark and CRLF",
            [0xef, 0xbb, 0xbf] + Array((header + "[0.1,\"o\",\"a\"]\n\n").replacing("\n", with: "\r\n").utf8),
            ["1780000000100 a"]
        ),
        (
            "an unknown code",
            Array((header + "[0.1,\"o\",\"a\"]\n[0.2,\"WindowChangeEvent\",[5,6]]\n[0.3,\"o\",\"b\"]").utf8),
            ["1780000000100 a", "1780000000300 b"]
        ),
        (
            "a pair of surrogates in two events",
            Array(
                (header + #"[0.1,"o","go \ud83d"]"# + "\n" + #"[0.2,"i","x"]"# + "\n" + #"[0.3,"o","\ude80!"]"#).utf8),
            ["1780000000100 go ", "1780000000200 x", "1780000000300 🚀!"]
        ),
        (
            "empty texts", Array((header + "[0.1,\"o\",\"\"]\n[0.2,\"i\",\"\"]\n[0.3,\"o\",\"a\"]").utf8),
            ["1780000000300 a"]
        ),
        (
            "a half that stays alone", Array((header + #"[0.1,"o","\ud83d"]"# + "\n" + #"[0.2,"o","x"]"#).utf8),
            ["1780000000100 \u{fffd}", "1780000000200 x"]
        ),
        (
            "a recording of 400 days", Array((header.replacing("178", with: "170") + "[34560000,\"o\",\"a\"]").utf8),
            ["1734560000000 a"]
        ),
    ]

    @Test("Casts of all versions", arguments: castShapes)
    func casts(_ shape: String, _ bytes: Bytes, _ events: [String]) throws {
        let desk = try ImportDesk()
        let relative = shape == "v1"
        try desk.seal(try desk.write(bytes), as: .asciicast)
        let found = try desk.records(.terminal)
        let first = relative ? found[0].time : 0
        #expect(
            found.map {
                guard case .terminal(let terminal) = $0.content else { return "" }
                return "\(($0.time - first).rawValue) \(terminal.text)"
            } == events)
    }

    @Test("What a format lets readers pass over is counted")
    func passedOver() throws {
        let desk = try ImportDesk()
        let text = Self.header + "[0.1,\"o\",\"a\"]\n[0.2,\"r\",\"9x9\"]\n[0.3,\"m\",\"\"]\n[0.4,\"m\",\"\"]"
        #expect(try desk.seal(try desk.write(text), as: .asciicast)[0].passed == ["resize": 1, "marker": 2])
    }

    @Test(
        "A compressed file is read, and a damaged or cut one is refused",
        .blocks, arguments: [("gzip", "gzip -c"), ("zstd", "zstd -qc")])
    func compressed(_ form: String, _ command: String) throws {
        let desk = try ImportDesk()
        let text = Self.header + (0..<5000).map { "[\($0),\"o\",\"line \($0)\"]\n" }.joined()
        let plain = try desk.write(text, "plain")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "\(command) < '\(plain)' > '\(plain).packed'"]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "this test needs \(form)")
        let packed = Array(try Data(contentsOf: URL(fileURLWithPath: "\(plain).packed")))
        let cut = try desk.refusal(try desk.write(packed.dropLast(9), "cut"), as: .asciicast)
        #expect(cut?.message.contains("compressed") == true)
        var damaged = packed
        for place in 200..<260 { damaged[place] ^= 0x55 }
        #expect(try desk.refusal(try desk.write(damaged, "damaged"), as: .asciicast) != nil)
        #expect(try desk.seal("\(plain).packed", as: .asciicast)[0].records == 5000)
    }

    @Test(
        "Files that are no text are refused by what they are",
        arguments: [
            (Array("PK\u{3}\u{4}rest".utf8), "a ZIP archive"), ([0xff, 0xfe, 0x7b, 0], "UTF-16"),
            (Array("SQLite format 3\0".utf8), "an SQLite database"), (Array("BZh9".utf8), "bzip2"),
        ])
    func otherFiles(_ bytes: Bytes, _ words: String) throws {
        let desk = try ImportDesk()
        #expect(try desk.refusal(try desk.write(bytes), as: .transcript)?.message.contains(words) == true)
    }

    @Test("The elements of a large array are read one after the other, each a recording")
    func largeArrays() throws {
        let desk = try ImportDesk()
        let items = (0..<2000).map {
            #"{"conversations":[{"from":"human","value":"q\#($0)"},{"from":"gpt","value":"a\#($0)"}]}"#
        }
        let outcome = try desk.seal(try desk.write("[" + items.joined(separator: ",\n") + "]"), as: .transcript)[0]
        #expect(outcome.recordings == 2000 && outcome.records == 4000)
        #expect(outcome.until == ImportDesk.now)
        let records = try desk.records(.prompt)
        #expect(Set(records.compactMap(\.mark?.id)).count == 2000)
        #expect(records.map(\.mark?.edge) == (0..<2000).flatMap { _ in [.begin, .end] as [RecordingMark.Edge?] })
    }

    @Test("ActivityWatch's windows become titles, and absence is passed over")
    func activityWatch() throws {
        let desk = try ImportDesk()
        let json = """
            {"buckets": {"w": {"type": "currentwindow", "events": [
              {"timestamp": "2026-05-28T20:26:42Z", "duration": 1, "data": {"app": "微信", "title": "b"}},
              {"timestamp": "2026-05-28T20:26:40.250000+00:00", "duration": 1, "data": {"app": "Code", "title": "a"}}]},
             "afk": {"type": "afkstatus", "events": [{"timestamp": "2026-05-28T20:26:40Z", "data": {"status": "afk"}}]}}}
            """
        for format in [ImportFormat.activitywatch, .agentnet] {
            let outcome = try desk.seal(try desk.write(json), as: format, again: true)[0]
            #expect(outcome.records == 2 && outcome.passed.values.reduce(0, +) == 1)
        }
        let windows = try desk.home.segments(.window)
        #expect(Set(windows.map(\.label.app.string)) == ["code", AppName(distinguishing: "微信").string])
        #expect(windows.map(\.label.from).min() == 1_780_000_000_250)
    }
}
