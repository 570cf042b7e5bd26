using System.Globalization;

namespace Lepton.Orleans.Cli.Service;

/// <summary>The service understood a request and refused it: repeating it would not help.</summary>
internal sealed class RequestRefusedException : CommandFailedException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="request">The method and the path.</param>
    /// <param name="problem">The answer.</param>
    public RequestRefusedException(string request, ProblemDocument problem)
        : base(string.Create(CultureInfo.InvariantCulture, $"{request}: {problem.Title} ({problem.Status})."))
    {
        Problem = problem;
        var details = new List<string>();
        if (problem.Detail.Length > 0)
        {
            details.Add(problem.Detail);
        }

        // With a single error the detail is mostly its sentence already.
        details.AddRange(problem.Errors
            .Where(error => !problem.Detail.Contains(error.Rule.TrimEnd('.'), StringComparison.Ordinal))
            .Select(error => $"{error.Field}: {error.Rule}"));
        if (problem.Status is 401 or 403)
        {
            details.Add("The service wants an API key: --api-key, or LEPTON_API_KEY in the environment.");
        }

        Details = details;
    }

    /// <summary>The answer.</summary>
    public ProblemDocument Problem { get; }
}
