using System.CommandLine;
using Lepton.Orleans.Cli.Service;

namespace Lepton.Orleans.Cli.Commands;

/// <summary>The options of commands that talk to a service.</summary>
internal sealed class ServiceOptions
{
    private readonly Option<string> _url = new("--url")
    {
        Description = "The address of the service.",
        HelpName = "url",
        DefaultValueFactory = _ => "http://127.0.0.1:8088",
    };

    private readonly Option<string?> _apiKey = new("--api-key")
    {
        Description = "The API key; better in LEPTON_API_KEY, where other users of the machine do not see it.",
        HelpName = "key",
    };

    private readonly Option<int> _retryFor = new("--retry-for")
    {
        Description = "For how many seconds to repeat a request while the service is away or busy.",
        HelpName = "seconds",
        DefaultValueFactory = _ => 60,
    };

    /// <summary>Adds the options to a command.</summary>
    public ServiceOptions(Command command)
    {
        DemandUrl(_url);
        _retryFor.Accept("a whole number of seconds, 0 or more", seconds => seconds >= 0);
        command.Options.Add(_url);
        command.Options.Add(_apiKey);
        command.Options.Add(_retryFor);
    }

    /// <summary>Refuses what is no address of a service.</summary>
    public static void DemandUrl(Option<string> option) => option.Validators.Add(result =>
    {
        if (!Uri.TryCreate(result.GetValueOrDefault<string>(), UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
        {
            result.AddError($"{option.Name} must be an http or https address, such as http://127.0.0.1:8088.");
        }
    });

    /// <summary>The service that the options name.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="environment">Where the key may be, and where pauses are told.</param>
    /// <param name="notice">Hears of pauses; by default the error output.</param>
    /// <param name="requestTimeout">How long a single answer may take, where it takes long.</param>
    public LeptonService Connect(ParseResult parsed, CommandEnvironment environment, Action<string>? notice = null, TimeSpan? requestTimeout = null) => Connect(
        parsed, environment, parsed.GetRequiredValue(_url), parsed.GetValue(_apiKey) ?? environment.Variable("LEPTON_API_KEY"), notice, requestTimeout);

    /// <summary>Another service than the one that the options name, with the same patience.</summary>
    public LeptonService Connect(
        ParseResult parsed, CommandEnvironment environment, string url, string? apiKey, Action<string>? notice = null, TimeSpan? requestTimeout = null) => new(
        new Uri(url),
        apiKey,
        new RetryOptions
        {
            GiveUpAfter = TimeSpan.FromSeconds(parsed.GetRequiredValue(_retryFor)),
            RequestTimeout = requestTimeout ?? RetryOptions.DefaultRequestTimeout,
        },
        notice ?? (text => environment.Error.WriteLine(text)),
        environment.Time);
}
