namespace AgentOps.Models;

/// <summary>
/// How a family of models is told a conversation. Departs from what those families publish: (1) nothing is added that nobody said, neither Qwen2.5's standard system message nor the dates of Llama 3.1's;
/// (2) texts are not trimmed; (3) thinking is neither asked for nor cut out of earlier answers, so that the ids of a conversation begin with the ids of each of its beginnings.
/// </summary>
/// <param name="Marks">Special tokens that a tokenizer has if it is made for this format.</param>
/// <param name="Begin">In front of everything.</param>
/// <param name="Head">In front of what a role says: the part with special tokens, and the text that is tokenised together with a message which is read (and by itself in front of an answer, which is sampled behind it).</param>
/// <param name="Tail">Behind what is read.</param>
/// <param name="End">Ends an answer; the model says it itself.</param>
/// <param name="AfterAnswer">Behind the end, said by nobody.</param>
/// <param name="Pad">Fills rows for other programs.</param>
/// <param name="SystemInFirstUser">A system message stands in front of the first user's text, with a line break between; else it is a message of its own.</param>
/// <param name="Jinja">The same for other programs, as <c>chat_template</c> of <c>tokenizer_config.json</c>.</param>
public sealed record ChatFormat(
    string Name, IReadOnlyList<string> Marks, string Begin, Func<string, (string Marks, string Text)> Head, string Tail, string End, string AfterAnswer, string Pad, bool SystemInFirstUser, string Jinja)
{
    private const string FirstIsUsers = "raise_exception('The first message after the system message must be the user\\'s.')";
    private const string OtherRoles = "raise_exception('Only system, user and assistant messages are known, the system message first.')";

    /// <summary>That of the models made here: <c>&lt;|user|&gt;…&lt;|assistant|&gt;…&lt;|end|&gt;&lt;|user|&gt;…</c>.</summary>
    public static readonly ChatFormat Own = new(
        "own", ChatTokens.All, Begin: "", role => ($"<|{role}|>", ""), Tail: "", ChatTokens.EndToken, AfterAnswer: "", ChatTokens.PadToken, SystemInFirstUser: true,
        "{%- if messages[0]['role'] == 'system' -%}{%- set system = messages[0]['content'] + '\\n' -%}{%- set turns = messages[1:] -%}"
        + "{%- else -%}{%- set system = '' -%}{%- set turns = messages -%}{%- endif -%}"
        + "{%- for message in turns -%}"
        + "{%- if loop.first and message['role'] != 'user' -%}{{ " + FirstIsUsers + " }}"
        + "{%- elif message['role'] == 'user' -%}{{ '<|user|>' + (system if loop.first else '') + message['content'] }}"
        + "{%- elif message['role'] == 'assistant' -%}{{ '<|assistant|>' + message['content'] + '<|end|>' }}"
        + "{%- else -%}{{ " + OtherRoles + " }}{%- endif -%}"
        + "{%- endfor -%}"
        + "{%- if add_generation_prompt -%}{{ '<|assistant|>' }}{%- endif -%}");

    /// <summary>That of Qwen2, Qwen2.5 and Qwen3, and of others.</summary>
    public static readonly ChatFormat ChatMl = new(
        "ChatML", ["<|im_start|>", "<|im_end|>"], Begin: "", role => ("<|im_start|>", $"{role}\n"), Tail: "<|im_end|>\n", "<|im_end|>", AfterAnswer: "\n", "<|endoftext|>", SystemInFirstUser: false,
        Read("", "'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n'", "'<|im_start|>assistant\\n'"));

    /// <summary>That of Llama 3, 3.1, 3.2 and 3.3.</summary>
    public static readonly ChatFormat Llama3 = new(
        "Llama 3", ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"], Begin: "<|begin_of_text|>", role => ($"<|start_header_id|>{role}<|end_header_id|>", "\n\n"),
        Tail: "<|eot_id|>", "<|eot_id|>", AfterAnswer: "", "<|finetune_right_pad_id|>", SystemInFirstUser: false,
        Read("'<|begin_of_text|>'", "'<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] + '<|eot_id|>'", "'<|start_header_id|>assistant<|end_header_id|>\\n\\n'"));

    public static readonly IReadOnlyList<ChatFormat> All = [Own, ChatMl, Llama3];

    /// <summary>A template in which every message looks alike.</summary>
    private static string Read(string begin, string message, string generation) =>
        (begin.Length > 0 ? "{{ " + begin + " }}" : "")
        + "{%- set first = 1 if messages[0]['role'] == 'system' else 0 -%}"
        + "{%- for message in messages -%}"
        + "{%- if loop.index0 == first and message['role'] != 'user' -%}{{ " + FirstIsUsers + " }}"
        + "{%- elif message['role'] in ['user', 'assistant'] or loop.index0 < first -%}{{ " + message + " }}"
        + "{%- else -%}{{ " + OtherRoles + " }}{%- endif -%}"
        + "{%- endfor -%}"
        + "{%- if add_generation_prompt -%}{{ " + generation + " }}{%- endif -%}";
}
