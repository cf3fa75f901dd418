using System.Text;
using Vmm.CommandLine;
using Vmm.Outcome;

namespace Vmm.Tests.CommandLine;

public sealed class HostileKeyedTextTests
{
    private const string Alphabet = ",=[]\"'\\ x1\0\u00e4-";
    private static readonly string[] s_words = ["type", "path", "num", "console", "true", "0x10", "stdout", "[[", "]]", "=\"", ",,"];

    [Fact]
    public void A_hundred_thousand_random_texts_are_read_or_refused_in_one_line()
    {
        var random = new Random(20_261_121);
        var read = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var text = RandomText(random);
            try
            {
                SerialOption.ReadAll([text]);
                read++;
            }
            catch (InvalidOptionException refusal)
            {
                Assert.StartsWith("--serial: ", refusal.Message, StringComparison.Ordinal);
            }
        }

        // Were every text refused, the reading half would not have been tested at all.
        Assert.InRange(read, 10, 99_000);
    }

    [Fact]
    public void Text_that_was_quoted_is_read_back_as_it_was()
    {
        var random = new Random(7);
        for (var i = 0; i < 10_000; i++)
        {
            var text = RandomText(random);
            var quoted = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
            var item = Assert.Single(KeyedParser.Parse("--x", $"key=\"{quoted}\""));
            Assert.Equal(text, item.Value.Text);
        }
    }

    [Fact]
    public void A_megabyte_of_one_character_is_refused_without_harm()
    {
        foreach (var c in Alphabet)
        {
            if (c is not (' ' or 'x' or '1' or '\0' or '\u00e4' or '-' or '\\'))
            {
                Assert.Throws<InvalidOptionException>(() => SerialOption.ReadAll([new string(c, 1 << 20)]));
            }
        }
    }

    private static string RandomText(Random random)
    {
        var text = new StringBuilder();
        for (var length = random.Next(1, 12); length > 0; length--)
        {
            _ = random.Next(3) == 0 ? text.Append(Alphabet[random.Next(Alphabet.Length)]) : text.Append(s_words[random.Next(s_words.Length)]);
            _ = random.Next(2) == 0 ? text.Append(random.Next(2) == 0 ? '=' : ',') : text;
        }

        return text.ToString();
    }
}
