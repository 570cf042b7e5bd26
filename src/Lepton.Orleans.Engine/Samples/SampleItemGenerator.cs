namespace Lepton.Orleans.Engine.Samples;

/// <summary>Makes films: single ones and series, in the order of their release.</summary>
internal sealed class SampleItemGenerator
{
    private const int FirstYear = 1972;

    private const int MostDirectors = 2000;

    private readonly SampleOptions _options;
    private readonly SampleRandom _random;
    private readonly SampleTitles _titles = new();
    private readonly List<Director> _directors = [];
    private readonly double[] _shares = [.. SampleGenre.All.Select(genre => genre.Share)];
    private readonly Dictionary<string, int> _genreNumbers;
    private readonly int[][] _directorsOfGenre;

    private SampleItemGenerator(SampleOptions options)
    {
        _options = options;
        _random = SampleRandom.For(options.Seed, purpose: 1);
        _genreNumbers = SampleGenre.All.Select((genre, number) => (genre.Name, number)).ToDictionary(pair => pair.Name, pair => pair.number);
        var names = new HashSet<string>();
        for (var count = Math.Clamp(options.Items / 9, 2 * _shares.Length, MostDirectors); _directors.Count < count;)
        {
            var name = $"{_random.Pick(SampleNames.First)} {_random.Pick(SampleNames.Last)}";
            if (names.Add(name))
            {
                // Some make one film, some forty; each is at home in one genre and one stretch of years.
                var start = ReleaseDate().AddYears(-2);
                _directors.Add(new Director(
                    name,
                    // Every genre has somebody, however small the catalogue.
                    _directors.Count < _shares.Length ? _directors.Count : _random.Weighted(_shares),
                    _random.Pick(SampleNames.Countries),
                    start,
                    _random.Between(6, 30),
                    Math.Exp(0.9 * _random.Normal())));
            }
        }

        _directorsOfGenre = [.. _shares.Select((_, genre) => Enumerable.Range(0, _directors.Count).Where(i => _directors[i].Genre == genre).ToArray())];
    }

    /// <summary>Films sorted by release, the series' parts linked.</summary>
    public static SampleFilm[] Generate(SampleOptions options)
    {
        var generator = new SampleItemGenerator(options);
        var films = new List<SampleFilm>(options.Items);
        while (films.Count < options.Items)
        {
            var parts = generator._random.Chance(0.05) ? 2 + generator._random.Weighted([5, 5, 2, 1, 1]) : 1;
            generator.AddSeries(films, Math.Min(parts, options.Items - films.Count));
        }

        return Linked([.. films.OrderBy(film => film.Item.ReleasedAt).ThenBy(film => film.Item.ItemId, StringComparer.Ordinal)]);
    }

    private void AddSeries(List<SampleFilm> films, int parts)
    {
        var genre = _random.Weighted(_shares);
        var released = ReleaseDate();
        var director = DirectorFor(genre, released);
        var genres = Genres(genre);
        var title = _titles.Next(_random, SampleGenre.All[genre]);

        // A log-normal audience: the largest are a few hundred times the median. A series begins with something people liked.
        var popularity = Math.Exp(1.25 * _random.Normal()) * (parts > 1 ? 3.5 : 1);
        for (var part = 1; part <= parts; part++)
        {
            if (part > 1)
            {
                released = released.AddDays(_random.Between(300, 1300));
                if (released >= _options.Now)
                {
                    return;
                }

                director = _random.Chance(0.25) ? DirectorFor(genre, released) : director;
                popularity *= _random.Between(0.65, 1);
            }

            var partTitle = part == 1 ? title : _titles.NextPart(_random, SampleGenre.All[genre], title, part);
            films.Add(new SampleFilm(Item(partTitle, genres, director, released, parts > 1 ? title : null, part), genres, director, popularity));
        }
    }

    private SampleItem Item(string title, int[] genres, int director, DateTime released, string? series, int part) => new()
    {
        ItemId = SampleTitles.Slug(title),
        Title = title,
        Categories = [.. genres.Select(genre => SampleGenre.All[genre].Name)],
        ReleasedAt = released,
        Series = series,
        Part = series is null ? 0 : part,
        LabelsJson = SampleLabels.Write(json =>
        {
            json.WriteNumber("year", released.Year);
            json.WriteString("director", _directors[director].Name);
            json.WriteString("country", _directors[director].Country);
            json.WriteNumber("minutes", (int)Math.Round(104 + (14 * _random.Normal())));
            if (series is not null)
            {
                json.WriteString("series", series);
                json.WriteNumber("part", part);
            }
        }),
    };

    private int[] Genres(int first)
    {
        var genres = new List<int> { first };
        for (var more = _random.Weighted([0.3, 0.45, 0.25]); more > 0; more--)
        {
            var other = _genreNumbers[_random.Pick(SampleGenre.All[first].Mixes)];
            if (!genres.Contains(other))
            {
                genres.Add(other);
            }
        }

        return [.. genres];
    }

    /// <summary>More films every year; the newest came out in the last days.</summary>
    private DateTime ReleaseDate()
    {
        var from = new DateTime(FirstYear, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var days = (_options.Now - from).TotalDays;
        return SampleClock.WholeSeconds(from.AddDays(Math.Floor(days * Math.Pow(_random.Uniform(), 0.45))));
    }

    /// <summary>A director of the genre, much rather one who works in that year.</summary>
    private int DirectorFor(int genre, DateTime released)
    {
        var candidates = _directorsOfGenre[genre];
        var weights = new double[candidates.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            var director = _directors[candidates[i]];
            var years = (released - director.Start).TotalDays / 365.25;
            weights[i] = director.Output * (years >= 0 && years <= director.Years ? 1 : 0.001);
        }

        return candidates[_random.Weighted(weights)];
    }

    private static SampleFilm[] Linked(SampleFilm[] films)
    {
        var last = new Dictionary<string, int>();
        for (var i = 0; i < films.Length; i++)
        {
            if (films[i].Item.Series is not { } series)
            {
                continue;
            }

            if (last.TryGetValue(series, out var previous))
            {
                films[previous].Next = i;
                films[i].Previous = previous;
            }

            last[series] = i;
        }

        return films;
    }

    private sealed record Director(string Name, int Genre, string Country, DateTime Start, double Years, double Output);
}
