using System.Text;

namespace MicrodroidInit.Tests;

public sealed class AsciiTextTests
{
    [Theory]
    [InlineData(0L)]
    [InlineData(-1L)]
    [InlineData(10L)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Numbers_are_written_in_decimal(long value)
    {
        var text = new AsciiText(stackalloc byte[32]);
        text.Add(value);
        Assert.Equal(value.ToString(System.Globalization.CultureInfo.InvariantCulture), Encoding.ASCII.GetString(text.Bytes));
    }

    [Fact]
    public void What_does_not_fit_is_left_out()
    {
        var text = new AsciiText(stackalloc byte[4]);
        text.Add("abc"u8);
        text.Add(42);
        text.Add("x"u8);
        Assert.Equal("abc4", Encoding.ASCII.GetString(text.Bytes));
    }
}
