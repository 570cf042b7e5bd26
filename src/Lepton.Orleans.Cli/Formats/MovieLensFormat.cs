using System.Globalization;
using System.Text;
using System.Text.Json;
using Lepton.Orleans.Cli.Records;

namespace Lepton.Orleans.Cli.Formats;

/// <summary>
/// The files of MovieLens (Harper and Konstan, ACM TiiS 2015): movies and ratings as CSV, or, in ml-1m, separated by two colons in
/// Latin-1, with a file of users.
/// </summary>
internal sealed class MovieLensFormat : IRowFormat
{
    private readonly MovieLensTable _table;
    private readonly bool _colons;
    private readonly bool _raw;
    private readonly List<string> _fields = [];

    /// <summary>A format.</summary>
    /// <param name="table">Which of the files.</param>
    /// <param name="colons">Whether it is the layout of ml-1m.</param>
    /// <param name="raw">Whether ratings keep the type <c>rating</c>.</param>
    public MovieLensFormat(MovieLensTable table, bool colons, bool raw)
    {
        _table = table;
        _colons = colons;
        _raw = raw;
    }

    /// <inheritdoc />
    public byte? QuotedSeparator => _colons ? null : (byte)',';

    /// <inheritdoc />
    public bool HasHeader => !_colons;

    /// <inheritdoc />
    public string Signature => $"movielens {_table} {_colons} {_raw}";

    /// <inheritdoc />
    public void ReadHeader(ReadOnlySpan<byte> record)
    {
        var expected = _table == MovieLensTable.Movies ? "movieId,title,genres" : "userId,movieId,rating,timestamp";
        if (Encoding.UTF8.GetString(record) is var header && header != expected)
        {
            throw new BadFieldException("", $"must be the header {expected}");
        }
    }

    /// <inheritdoc />
    public Row Read(ReadOnlySpan<byte> record)
    {
        if (_colons)
        {
            DelimitedFields.Split(record, "::"u8, _fields, Encoding.Latin1);
        }
        else
        {
            DelimitedFields.SplitQuoted(record, (byte)',', _fields);
        }

        var expected = _table switch
        {
            MovieLensTable.Movies => 3,
            MovieLensTable.Ratings => 4,
            _ => 5,
        };
        if (_fields.Count != expected)
        {
            throw new BadFieldException("", $"must have {expected} fields, not {_fields.Count}");
        }

        return _table switch
        {
            MovieLensTable.Movies => Movie(),
            MovieLensTable.Ratings => Rating(),
            _ => User(),
        };
    }

    private Row Movie()
    {
        var title = _fields[1].Trim();
        var year = title.Length > 6 && title[^1] == ')' && title[^6] == '(' && int.TryParse(title.AsSpan(^5..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is > 1800 and < 2200
            ? number
            : 0;
        return Row.Of(new Item
        {
            ItemId = _fields[0],
            Comment = title,
            Categories = _fields[2] is "(no genres listed)" or "" ? [] : _fields[2].Split('|'),
            Timestamp = year == 0 ? default : new DateTime(year, 1, 1, 0, 0, 0, DateTimeKind.Utc),
            LabelsJson = year == 0 ? null : string.Create(CultureInfo.InvariantCulture, $$"""{"year":{{year}}}"""),
        });
    }

    private Row Rating()
    {
        var rating = FieldValues.Number(_fields[2], "rating");
        return Row.Of(new Feedback
        {
            // The default rules of the service: a like is positive, a dislike is negative, a read only says that it was seen.
            FeedbackType = _raw ? "rating" : rating >= 4 ? "like" : rating <= 2 ? "dislike" : "read",
            UserId = _fields[0],
            ItemId = _fields[1],
            Value = rating,
            Timestamp = FieldValues.Timestamp(_fields[3], "timestamp"),
        });
    }

    private Row User()
    {
        var labels = new Dictionary<string, string> { ["gender"] = _fields[1], ["age"] = _fields[2], ["occupation"] = _fields[3], ["zip"] = _fields[4] };
        return Row.Of(new User { UserId = _fields[0], LabelsJson = JsonSerializer.Serialize(labels) });
    }
}
