namespace AgentOps.Serving.Tests;

public sealed class AnswerTextTests
{
    private static (string Streamed, AnswerText Text) Read(string answer, params string[] stops)
    {
        var text = new AnswerText(TinyModels.Tokenizer, stops);
        var streamed = "";
        foreach (var id in TinyModels.Tokenizer.EncodeText(answer))
        {
            streamed += text.Append(id);
            if (text.Stopped)
                break;
        }
        return (streamed + text.Finish(), text);
    }

    [Fact]
    public void Characters_of_several_tokens_come_out_whole()
    {
        Assert.Equal("größer 日本 🙂", Read("größer 日本 🙂").Streamed);
    }

    [Fact]
    public void What_only_began_like_a_stop_text_is_said_after_all()
    {
        Assert.Equal("take the app", Read("take the app", "apple", "the appl").Streamed);
    }

    [Fact]
    public void The_first_stop_text_in_the_answer_ends_it()
    {
        var (streamed, text) = Read("go north and south", "south", "th a");
        Assert.Equal("go nor", streamed);
        Assert.True(text.Stopped);
    }
}
