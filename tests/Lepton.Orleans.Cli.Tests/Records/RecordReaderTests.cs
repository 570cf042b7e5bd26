using System.Text;
using Lepton.Orleans.Cli.Records;

namespace Lepton.Orleans.Cli.Tests.Records;

public sealed class RecordReaderTests
{
    [Theory]
    [InlineData("a,b\nc,d\n")]
    [InlineData("a,b\r\nc,d\r\n")]
    [InlineData("a,b\nc,d")]
    [InlineData("\uFEFFa,b\n\n\r\nc,d\n\n")]
    public async Task Line_ends_blank_lines_and_a_byte_order_mark_make_no_difference(string text) =>
        Assert.Equal(["a,b", "c,d"], (await ReadAllAsync(text)).Select(record => record.Text));

    [Fact]
    public async Task A_quoted_field_may_hold_line_ends_and_quotes()
    {
        var records = await ReadAllAsync("1,\"two\nlines, \"\"quoted\"\"\"\n2,plain\n");

        Assert.Equal(["1,\"two\nlines, \"\"quoted\"\"\"", "2,plain"], records.Select(record => record.Text));
        Assert.Equal([1, 3], records.Select(record => record.Line));
    }

    [Fact]
    public async Task A_quote_within_an_unquoted_field_opens_nothing() =>
        Assert.Equal(["1,a 5\" disk", "2,a\"\"b"], (await ReadAllAsync("1,a 5\" disk\n2,a\"\"b\n")).Select(record => record.Text));

    [Fact]
    public async Task Records_do_not_depend_on_how_the_stream_is_cut()
    {
        const string Text = "\uFEFF1,\"a\"\"b\nc\",x\r\n2,é,\"\"\r\n\r\n3,\"\n\n\",z\n";
        var whole = await ReadAllAsync(Text);

        Assert.Equal(3, whole.Count);
        for (var size = 1; size < 12; size++)
        {
            Assert.Equal(whole, await ReadAllAsync(Text, size));
        }
    }

    [Fact]
    public async Task Reading_goes_on_where_an_earlier_reader_was()
    {
        const string Text = "\uFEFFone\ntwo\n\nthree\nfour\n";
        var bytes = Encoding.UTF8.GetBytes(Text);
        await using var first = new RecordReader(new MemoryStream(bytes), "f", null);
        _ = await first.ReadAsync(TestContext.Current.CancellationToken);
        _ = await first.ReadAsync(TestContext.Current.CancellationToken);
        await using var second = new RecordReader(new MemoryStream(bytes), "f", null);
        _ = await second.ReadAsync(TestContext.Current.CancellationToken);
        second.Seek(first.NextOffset, first.NextLine);

        Assert.True(await second.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal("three", Encoding.UTF8.GetString(second.Record));
        Assert.False(await second.ReadAsync(TestContext.Current.CancellationToken) && await second.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(6, second.NextLine);
    }

    [Fact]
    public async Task A_line_that_is_too_long_is_named_with_its_number()
    {
        var error = await Assert.ThrowsAsync<BadRowException>(() => ReadAllAsync("short\n" + new string('x', RecordReader.MaxRecordBytes + 10) + "\n"));

        Assert.StartsWith("file.csv, line 2: the row is longer than 1048576 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quoted_field_that_does_not_end_is_named_with_the_line_it_starts_in()
    {
        var error = await Assert.ThrowsAsync<BadRowException>(() => ReadAllAsync("1,a\n2,\"open\n3,b\n"));

        Assert.Equal("file.csv, line 2: the row has a quoted field that does not end.", error.Message);
    }

    [Fact]
    public async Task A_file_in_UTF_16_is_told_what_it_is()
    {
        await using var reader = new RecordReader(new MemoryStream(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("a,b\n")).ToArray()), "file.csv", (byte)',');

        var error = await Assert.ThrowsAsync<BadRowException>(() => reader.ReadAsync(TestContext.Current.CancellationToken).AsTask());

        Assert.Equal("file.csv, line 1: the row is UTF-16; save the file as UTF-8.", error.Message);
    }

    private static async Task<List<(string Text, long Line, long Next)>> ReadAllAsync(string text, int chunk = int.MaxValue)
    {
        await using var reader = new RecordReader(new ChunkedStream(Encoding.UTF8.GetBytes(text), chunk), "file.csv", (byte)',');
        var records = new List<(string, long, long)>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            records.Add((Encoding.UTF8.GetString(reader.Record), reader.Line, reader.NextOffset));
        }

        Assert.Equal(Encoding.UTF8.GetByteCount(text), reader.NextOffset);
        return records;
    }

    private sealed class ChunkedStream(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, chunk)], cancellationToken);
    }
}
