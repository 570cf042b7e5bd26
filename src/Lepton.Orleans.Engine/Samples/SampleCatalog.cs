namespace Lepton.Orleans.Engine.Samples;

/// <summary>
/// An invented cinema: films with genres, directors and series, people with tastes of their own, and three years of what they
/// watched. Made for trying things out: popularity has a long tail, tastes can be learned, and one part of a series leads to the next.
/// </summary>
public sealed class SampleCatalog
{
    private readonly SampleOptions _options;
    private readonly SampleTaste[] _tastes;
    private readonly SampleAudience _audience;

    private SampleCatalog(SampleOptions options, SampleFilm[] films, IReadOnlyList<SampleUser> users, SampleTaste[] tastes)
    {
        _options = options;
        _tastes = tastes;
        _audience = new SampleAudience(films);
        Items = [.. films.Select(film => film.Item)];
        Users = users;
    }

    /// <summary>The genres, which are the items' categories.</summary>
    public static IReadOnlyList<string> Genres { get; } = [.. SampleGenre.All.Select(genre => genre.Name)];

    /// <summary>The items in the order of their release.</summary>
    public IReadOnlyList<SampleItem> Items { get; }

    /// <summary>The users in the order of their coming.</summary>
    public IReadOnlyList<SampleUser> Users { get; }

    /// <summary>
    /// The events of all users in the order of time, made while they are read; each enumeration gives the same ones. About
    /// <see cref="SampleOptions.Users"/> × <see cref="SampleOptions.EventsPerUser"/>: who has seen everything, or runs out of time, stops earlier.
    /// </summary>
    public IEnumerable<SampleEvent> Events => _audience.Watch(_options, Users, _tastes);

    /// <summary>Makes a sample.</summary>
    /// <param name="options">How large, from which seed, and until when.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static SampleCatalog Generate(SampleOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        options = options with { Now = SampleClock.WholeSeconds(options.Now.Kind == DateTimeKind.Local ? options.Now.ToUniversalTime() : options.Now) };
        var films = SampleItemGenerator.Generate(options);
        var (users, tastes) = SampleUserGenerator.Generate(options);
        return new SampleCatalog(options, films, users, tastes);
    }
}
