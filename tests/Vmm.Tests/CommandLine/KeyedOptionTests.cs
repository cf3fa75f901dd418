using Vmm.CommandLine;
using Vmm.Outcome;

namespace Vmm.Tests.CommandLine;

public sealed class KeyedOptionTests
{
    private static readonly KeyedSchema s_keys = new("path", "count", "flag", "mode", "range") { FirstKey = "path", NotYet = ["later"] };
    private static readonly KeyedSchema s_rangeKeys = new("start", "size");
    private static readonly Dictionary<string, int> s_modes = new() { ["fast"] = 1, ["slow"] = 2 };

    [Fact]
    public void A_first_value_without_a_key_belongs_to_the_first_key() => Assert.Equal("disk.img", Parse("disk.img,count=2").Text("path"));

    [Fact]
    public void The_first_key_may_be_written_out() => Assert.Equal("disk.img", Parse("count=2,path=disk.img").Text("path"));

    [Fact]
    public void A_value_keeps_its_equals_signs() => Assert.Equal("/tmp/a=b", Parse("path=/tmp/a=b").Text("path"));

    [Theory]
    [InlineData("count=512", 512)]
    [InlineData("count=0x200", 512)]
    [InlineData("count=0X1f", 31)]
    [InlineData("count=18446744073709551615", ulong.MaxValue)]
    [InlineData("count=0xffffffffffffffff", ulong.MaxValue)]
    public void A_number_is_decimal_or_hexadecimal(string text, ulong expected) => Assert.Equal(expected, Parse(text).Number("count"));

    [Theory]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1_000")]
    [InlineData("1,5")]
    [InlineData("2G")]
    [InlineData("0x")]
    [InlineData("0x-1")]
    [InlineData("18446744073709551616")]
    [InlineData("0x10000000000000000")]
    public void A_malformed_number_is_refused_with_its_key(string number) =>
        Assert.Contains("count", Refusal($"count=\"{number}\"", static keys => keys.Number("count")), StringComparison.Ordinal);

    [Theory]
    [InlineData("path=x,flag", true)]
    [InlineData("flag=true", true)]
    [InlineData("flag=false", false)]
    [InlineData("path=x", false)]
    public void A_flag_is_set_by_its_name_alone_or_by_true(string text, bool expected) => Assert.Equal(expected, Parse(text).Flag("flag"));

    [Fact]
    public void A_first_bare_word_is_the_first_keys_value_even_if_it_is_a_flags_name() => Assert.Equal("flag", Parse("flag").Text("path"));

    [Fact]
    public void A_flag_that_is_neither_true_nor_false_is_refused() =>
        Assert.Equal(
            "--thing: character 1: flag is true or false, not 'yes'",
            Refusal("flag=yes", static keys => keys.Flag("flag")));

    [Theory]
    [InlineData("path=\"a,b\"", "a,b")]
    [InlineData("path='a]b'", "a]b")]
    [InlineData("path=\"say \\\"hi\\\"\"", "say \"hi\"")]
    [InlineData("path='back\\\\slash'", "back\\slash")]
    [InlineData("\"quoted first\"", "quoted first")]
    [InlineData("path=it's", "it's")]
    public void Quotes_protect_what_the_syntax_uses(string text, string expected) => Assert.Equal(expected, Parse(text).Text("path"));

    [Fact]
    public void A_list_is_read_by_its_own_keys()
    {
        var range = Parse("range=[start=0x10,size=2],count=1").List("range", s_rangeKeys)!;
        Assert.Equal(0x10UL, range.Number("start"));
        Assert.Equal(2UL, range.Number("size"));
    }

    [Fact]
    public void Text_may_be_followed_by_a_list()
    {
        var text = Parse("kernel[size=1]").TextAndList("path", s_rangeKeys, out var list);
        Assert.Equal("kernel", text);
        Assert.Equal(1UL, list!.Number("size"));
    }

    [Theory]
    [InlineData("", "--thing: the value is empty")]
    [InlineData("cuont=1", "--thing: character 1: unknown key 'cuont'; did you mean 'count'? (keys: path, count, flag, mode, range)")]
    [InlineData("path=x,nonsense", "--thing: character 8: unknown key 'nonsense' (keys: path, count, flag, mode, range)")]
    [InlineData("path=x,later=1", "--thing: later is a key of crosvm that vmm does not have yet")]
    [InlineData("count=1,count=2", "--thing: character 9: count is given twice, first at character 1")]
    [InlineData("x,path=y", "--thing: character 3: path is given twice, first at character 1")]
    [InlineData("path=\"open", "--thing: character 6: \" after path= is not closed")]
    [InlineData("path=\"open\\", "--thing: character 6: \" after path= is not closed")]
    [InlineData("range=[start=1", "--thing: character 7: '[' after range= has no ']'")]
    [InlineData("\"open", "--thing: character 1: \" is not closed")]
    [InlineData("range=[start=\"1]", "--thing: character 14: \" after start= is not closed")]
    [InlineData("path=x]", "--thing: character 7: ']' where ',' or the end is expected; quote a value that contains it")]
    [InlineData("path=\"a\"b", "--thing: character 9: 'b' where ',' or the end is expected; quote a value that contains it")]
    [InlineData("path=x,", "--thing: character 8: a key or a value is missing")]
    [InlineData(",path=x", "--thing: character 1: a key or a value is missing")]
    [InlineData("=x", "--thing: character 1: a key is missing before '='")]
    [InlineData("path=x,\"flag\"", "--thing: character 8: 'flag' has no key")]
    [InlineData("path=x,[a]", "--thing: character 8: […] has no key")]
    [InlineData("[[[[[[[[[[x", "--thing: character 9: lists are nested deeper than 8")]
    public void A_malformed_value_is_refused_with_its_place(string text, string expected) => Assert.Equal(expected, Refusal(text, static _ => null));

    [Theory]
    [InlineData("path=", "--thing: character 1: path needs a value")]
    [InlineData("path=\"\"", "--thing: character 1: path needs a value")]
    [InlineData("path=[a]", "--thing: character 1: path needs a value")]
    [InlineData("count=1,path", "--thing: character 9: path needs a value")]
    public void A_key_without_its_value_is_refused(string text, string expected) =>
        Assert.Equal(expected, Refusal(text, static keys => keys.Text("path")));

    [Theory]
    [InlineData("mode=fsat", "--thing: character 1: mode is fast|slow, not 'fsat'; did you mean 'fast'?")]
    [InlineData("mode=other", "--thing: mode=other is a value of crosvm that vmm does not have yet")]
    public void A_word_that_is_no_choice_is_refused_with_the_choices(string text, string expected) =>
        Assert.Equal(expected, Refusal(text, static keys => keys.Choice("mode", s_modes, ["other"])));

    [Theory]
    [InlineData("range=5", "--thing: character 1: range is a list, written range=[…]")]
    [InlineData("range=[strat=1]", "--thing: character 8: unknown key 'range.strat'; did you mean 'start'? (keys: start, size)")]
    public void A_wrong_list_is_refused(string text, string expected) =>
        Assert.Equal(expected, Refusal(text, static keys => keys.List("range", s_rangeKeys)));

    private static KeyedOption Parse(string text) => KeyedOption.Parse("--thing", text, s_keys);

    private static string Refusal(string text, Func<KeyedOption, object?> read) =>
        Assert.Throws<InvalidOptionException>(() => read(Parse(text))).Message;
}
