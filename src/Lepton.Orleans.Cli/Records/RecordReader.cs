namespace Lepton.Orleans.Cli.Records;

/// <summary>
/// Cuts a stream into records, one a line, in one buffer that is reused: memory does not grow with the file. Blank lines are
/// passed over, as are a byte order mark and carriage returns. In quoted text a record may span lines (RFC 4180).
/// </summary>
internal sealed class RecordReader : IAsyncDisposable
{
    /// <summary>The longest record of an ordinary file, in bytes; a file without line ends must not end up in memory.</summary>
    public const int MaxRecordBytes = 1024 * 1024;

    private readonly Stream _stream;
    private readonly string _name;
    private readonly byte? _quotedSeparator;
    private readonly int _maxBytes;
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private int _length;
    private int _consumed;
    private bool _ended;
    private bool _atBeginning = true;

    /// <summary>A reader that owns its stream.</summary>
    /// <param name="stream">The bytes, UTF-8.</param>
    /// <param name="name">What messages call the stream.</param>
    /// <param name="quotedSeparator">The separator of fields where these may be quoted; <see langword="null"/> where quotes mean nothing.</param>
    /// <param name="maxBytes">The longest record.</param>
    public RecordReader(Stream stream, string name, byte? quotedSeparator, int maxBytes = MaxRecordBytes)
    {
        _maxBytes = maxBytes;
        _stream = stream;
        _name = name;
        _quotedSeparator = quotedSeparator;
    }

    /// <summary>The record, without its line end; valid until the next read.</summary>
    public ReadOnlySpan<byte> Record => _buffer.AsSpan(_start, _length);

    /// <summary>The line that the record starts in, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Where the record after this one starts, in bytes.</summary>
    public long NextOffset { get; private set; }

    /// <summary>The line that the record after this one starts in.</summary>
    public long NextLine { get; private set; } = 1;

    /// <summary>Goes on at a place that <see cref="NextOffset"/> and <see cref="NextLine"/> named in an earlier run.</summary>
    public void Seek(long offset, long line)
    {
        _ = _stream.Seek(offset, SeekOrigin.Begin);
        (_start, _length, _consumed, _end, _ended, _atBeginning) = (0, 0, 0, 0, false, offset == 0);
        (NextOffset, NextLine) = (offset, line);
    }

    /// <summary>Moves to the next record. False: there is none.</summary>
    /// <exception cref="BadRowException">A record is too long, a quoted field does not end, or the text is not UTF-8 to begin with.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        (_start, _consumed) = (_start + _consumed, 0);
        while (true)
        {
            if (_atBeginning && (_end - _start >= 3 || _ended))
            {
                SkipByteOrderMark();
            }

            var length = _atBeginning ? -1 : FindEnd(_buffer.AsSpan(_start, _end - _start));
            if (length < 0 && !_ended)
            {
                await FillAsync(cancellationToken);
                continue;
            }

            if (length < 0 && _start == _end)
            {
                _length = 0;
                return false;
            }

            Take(length);
            if (_length > 0)
            {
                return true;
            }

            (_start, _consumed) = (_start + _consumed, 0);
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    /// <summary>Makes the record of the bytes up to a line end, or of all that is left (-1).</summary>
    private void Take(int length)
    {
        _consumed = length < 0 ? _end - _start : length + 1;
        var record = _buffer.AsSpan(_start, _consumed);
        Line = NextLine;
        NextOffset += _consumed;
        NextLine += record.Count((byte)'\n');
        _length = record.TrimEnd("\r\n"u8).Length;
    }

    private void SkipByteOrderMark()
    {
        var data = _buffer.AsSpan(_start, _end - _start);
        if (data.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || data.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            throw new BadRowException(_name, 1, "", "is UTF-16; save the file as UTF-8");
        }

        if (data.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            _start += 3;
            NextOffset += 3;
        }

        _atBeginning = false;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_end, _start) = (_end - _start, 0);
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= _maxBytes)
            {
                throw new BadRowException(_name, NextLine, "", $"is longer than {_maxBytes} bytes{(_quotedSeparator is null ? "" : ", or a quoted field in it does not end")}");
            }

            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _ended = read == 0;
        _end += read;
    }

    /// <summary>The index of the line end that ends the first record, or -1.</summary>
    private int FindEnd(ReadOnlySpan<byte> data)
    {
        var line = data.IndexOf((byte)'\n');
        if (_quotedSeparator is not { } separator || (line >= 0 ? data[..line] : data).IndexOf((byte)'"') < 0)
        {
            return line;
        }

        var (quoted, fieldStart, justClosed) = (false, true, false);
        for (var i = 0; i < data.Length; i++)
        {
            var c = data[i];
            if (quoted)
            {
                quoted = c != '"';
                justClosed = !quoted;
                continue;
            }

            if (c == '\n')
            {
                return i;
            }

            // A doubled quote closes a field and opens it again, which comes to the same.
            quoted = c == '"' && (fieldStart || justClosed);
            fieldStart = c == separator;
            justClosed = false;
        }

        return _ended && quoted
            ? throw new BadRowException(_name, NextLine, "", "has a quoted field that does not end")
            : -1;
    }
}
