using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Cli.Records;

namespace Lepton.Orleans.Cli.Tests.Records;

public sealed class DelimitedFieldsTests
{
    [Theory]
    [InlineData("a,b,c", new[] { "a", "b", "c" })]
    [InlineData("a,,", new[] { "a", "", "" })]
    [InlineData("\"a,b\",c", new[] { "a,b", "c" })]
    [InlineData("\"say \"\"hi\"\"\",\"\"", new[] { "say \"hi\"", "" })]
    [InlineData("\"\"\"\"", new[] { "\"" })]
    [InlineData("a 5\" disk,b", new[] { "a 5\" disk", "b" })]
    [InlineData("\"two\r\nlines\",x", new[] { "two\r\nlines", "x" })]
    public void Fields_are_split_as_RFC_4180_says(string record, string[] expected) => Assert.Equal(expected, Split(record));

    [Theory]
    [InlineData("\"a\"b,c", "has text after a closing quote; a quote inside a quoted field is doubled")]
    [InlineData("a,\"b", "has a quoted field that does not end")]
    public void What_is_not_RFC_4180_is_refused(string record, string rule) =>
        Assert.Equal(rule, Assert.Throws<BadFieldException>(() => Split(record)).Rule);

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_refused() =>
        Assert.Equal("is not valid UTF-8", Assert.Throws<BadFieldException>(() => DelimitedFields.SplitQuoted([0x61, 0xFF, 0x62], (byte)',', [])).Rule);

    [Fact]
    public void Double_colons_separate_without_quoting()
    {
        var fields = new List<string>();

        DelimitedFields.Split(Encoding.Latin1.GetBytes("17::\"Café: Part I\" (1999)::Comedy|War"), "::"u8, fields, Encoding.Latin1);

        Assert.Equal(["17", "\"Café: Part I\" (1999)", "Comedy|War"], fields);
    }

    [Fact]
    public void Whatever_is_quoted_comes_back() => Prop.ForAll<NonNull<string>[]>(texts =>
    {
        var fields = texts.Select(text => new string([.. text.Get.Where(c => !char.IsSurrogate(c))])).DefaultIfEmpty("").ToArray();
        var record = string.Join(',', fields.Select(field => $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));
        return Split(record).SequenceEqual(fields);
    }).QuickCheckThrowOnFailure();

    private static List<string> Split(string record)
    {
        var fields = new List<string>();
        DelimitedFields.SplitQuoted(Encoding.UTF8.GetBytes(record), (byte)',', fields);
        return fields;
    }
}
