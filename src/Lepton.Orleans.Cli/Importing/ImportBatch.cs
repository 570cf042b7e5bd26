using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Lepton.Orleans.Cli.Records;

namespace Lepton.Orleans.Cli.Importing;

/// <summary>The rows of one request, as JSON; used again and again.</summary>
internal sealed class ImportBatch : IDisposable
{
    private static readonly JsonWriterOptions JsonOptions = new()
    {
        // Each row is checked as a document of its own kind; the comma between two is written here.
        SkipValidation = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly ArrayBufferWriter<byte> _body = new(16 * 1024);
    private readonly List<(int Start, long Line)> _rows = [];
    private readonly Utf8JsonWriter _json;

    /// <summary>An empty batch.</summary>
    public ImportBatch() => _json = new Utf8JsonWriter(_body, JsonOptions);

    /// <summary>What its rows are.</summary>
    public RowKind Kind { get; private set; }

    /// <summary>Where its first row starts.</summary>
    public ImportPosition First { get; private set; }

    /// <summary>The id of its last row, for a look whether the service still knows it.</summary>
    public string LastKey { get; private set; } = "";

    /// <summary>What messages call its file.</summary>
    public string FileName { get; private set; } = "";

    /// <summary>How many rows it has.</summary>
    public int Rows => _rows.Count;

    /// <summary>How many bytes it has.</summary>
    public int Bytes => _body.WrittenCount;

    /// <summary>The line that a row came from.</summary>
    public long LineOf(int row) => _rows[row].Line;

    /// <summary>Makes it empty, to begin at a position.</summary>
    public void Begin(RowKind kind, ImportPosition first, string fileName)
    {
        _body.ResetWrittenCount();
        _rows.Clear();
        (Kind, First, FileName, LastKey) = (kind, first, fileName, "");
    }

    /// <summary>Adds a row.</summary>
    public void Add(Row row, long line)
    {
        _body.Write(Rows == 0 ? "["u8 : ","u8);
        _rows.Add((_body.WrittenCount, line));
        row.Write(_json);
        _json.Flush();
        _json.Reset(_body);
        LastKey = row.OrderKey;
    }

    /// <summary>The request's body. The batch takes no row after it.</summary>
    public ReadOnlyMemory<byte> Complete()
    {
        _body.Write(Rows == 0 ? "[]"u8 : "]"u8);
        return _body.WrittenMemory;
    }

    /// <summary>The body without one of its rows, which the batch forgets.</summary>
    public ReadOnlyMemory<byte> Without(int row)
    {
        var body = _body.WrittenSpan.ToArray();
        var rows = _rows.ToArray();
        _body.ResetWrittenCount();
        _rows.Clear();
        for (var i = 0; i < rows.Length; i++)
        {
            if (i == row)
            {
                continue;
            }

            var end = i + 1 < rows.Length ? rows[i + 1].Start - 1 : body.Length - 1;
            _body.Write(Rows == 0 ? "["u8 : ","u8);
            _rows.Add((_body.WrittenCount, rows[i].Line));
            _body.Write(body.AsSpan(rows[i].Start..end));
        }

        return Complete();
    }

    /// <inheritdoc />
    public void Dispose() => _json.Dispose();
}
