using System.Text.RegularExpressions;

namespace Lepton.Orleans.Deploy.Tests.Files;

/// <summary>Three pipelines, one way to a release.</summary>
public sealed partial class PipelineTests
{
    // In the order in which a release needs them.
    private static readonly string[] Steps =
    [
        "dotnet restore", "dotnet build", "./test.sh", "deploy/scripts/compare-benchmarks.sh",
        "deploy/scripts/image.sh build", "deploy/scripts/image.sh try", "deploy/scripts/image.sh sbom", "deploy/scripts/image.sh scan", "deploy/scripts/image.sh push",
        "deploy/scripts/deploy.sh",
    ];

    public static TheoryData<string> Pipelines => ["deploy/jenkins/Jenkinsfile", "deploy/gitlab/.gitlab-ci.yml", ".github/workflows/ci.yml"];

    [Theory]
    [MemberData(nameof(Pipelines))]
    public void Every_pipeline_takes_the_same_steps_and_each_is_what_a_person_calls(string pipeline)
    {
        var steps = Step().Matches(Repository.Read(pipeline)).Select(match => match.Value).ToList();

        Assert.Equal(Steps.Order(StringComparer.Ordinal), steps.Order(StringComparer.Ordinal));
        Assert.Equal(["dotnet restore", "dotnet build", "./test.sh"], steps[..3]);
        Assert.Equal("deploy/scripts/deploy.sh", steps[^1]);
        Assert.True(steps.IndexOf("deploy/scripts/image.sh try") < steps.IndexOf("deploy/scripts/image.sh push"), "what does not run is not pushed");
    }

    [GeneratedRegex(@"dotnet (restore|build)|\./test\.sh|deploy/scripts/image\.sh \w+|deploy/scripts/(?!image)[\w-]+\.sh")]
    private static partial Regex Step();
}
