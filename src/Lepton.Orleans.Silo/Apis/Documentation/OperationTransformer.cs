using System.Globalization;
using Lepton.Orleans.Silo.Apis.Contracts;
using Lepton.Orleans.Silo.Apis.Problems;
using Lepton.Orleans.Silo.Security;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace Lepton.Orleans.Silo.Apis.Documentation;

/// <summary>Writes what <see cref="ApiOperation"/> says into the OpenAPI document.</summary>
internal sealed class OperationTransformer : IOpenApiOperationTransformer
{
    /// <inheritdoc/>
    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<ApiOperation>().LastOrDefault() is not { } described)
        {
            return;
        }

        operation.Description = described.Description.Length == 0 ? null : described.Description;
        operation.Parameters = Parameters(described, context.Description.RelativePath ?? "");
        operation.Responses = [];
        operation.Responses["200"] = new OpenApiResponse
        {
            Description = "Done.",
            Content = Content(described.ResponseType, await SchemaAsync(described.Response, context, cancellationToken)),
        };
        if (described.Accepted is { } accepted)
        {
            operation.Responses["202"] = new OpenApiResponse
            {
                Description = "Will be done.",
                Content = Content(described.ResponseType, await SchemaAsync(accepted, context, cancellationToken)),
            };
        }

        if (described.Body is { } body)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = Content(described.BodyType, await SchemaAsync(body, context, cancellationToken)),
            };
        }

        var needsKey = metadata.OfType<AccessRequirement>().LastOrDefault() is not { Role: null };
        var problem = await SchemaAsync(typeof(ProblemDocument), context, cancellationToken);
        foreach (var status in Problems(described, needsKey))
        {
            operation.Responses[status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = ReasonPhrases.GetReasonPhrase(status),
                Content = Content(Problem.ContentType, problem),
            };
        }

        operation.Security = needsKey && context.Document is { } document
            ? [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(ApiDocumentation.SecurityScheme, document)] = [] }]
            : null;
    }

    private static IEnumerable<int> Problems(ApiOperation operation, bool needsKey)
    {
        var hasBody = operation.Body is not null;
        if (hasBody || operation.NeedsStore)
        {
            yield return StatusCodes.Status400BadRequest;
        }

        if (needsKey)
        {
            yield return StatusCodes.Status401Unauthorized;
            yield return StatusCodes.Status403Forbidden;
        }

        if (operation.MayBeMissing)
        {
            yield return StatusCodes.Status404NotFound;
        }

        if (operation.MayConflict)
        {
            yield return StatusCodes.Status409Conflict;
        }

        if (hasBody)
        {
            yield return StatusCodes.Status413PayloadTooLarge;
            yield return StatusCodes.Status415UnsupportedMediaType;
        }

        if (operation.MayBeReused)
        {
            yield return StatusCodes.Status422UnprocessableEntity;
        }

        if (operation.NeedsStore)
        {
            yield return StatusCodes.Status503ServiceUnavailable;
        }
    }

    private static List<IOpenApiParameter> Parameters(ApiOperation operation, string path)
    {
        var parameters = new List<IOpenApiParameter>();
        foreach (var segment in path.Split('/'))
        {
            if (segment.StartsWith('{'))
            {
                var name = segment.Trim('{', '}');
                parameters.Add(Parameter(new ApiParameter(name, "string", PathDescription(name)), ParameterLocation.Path));
            }
        }

        parameters.AddRange(operation.Query.Select(parameter => Parameter(parameter, ParameterLocation.Query)));
        parameters.AddRange(operation.Headers.Select(parameter => Parameter(parameter, ParameterLocation.Header)));
        return parameters;
    }

    private static OpenApiParameter Parameter(ApiParameter parameter, ParameterLocation location) => new()
    {
        Name = parameter.Name,
        In = location,
        Required = location == ParameterLocation.Path,
        Description = parameter.Description,
        Schema = new OpenApiSchema
        {
            Type = parameter.Type switch
            {
                "integer" => JsonSchemaType.Integer,
                "boolean" => JsonSchemaType.Boolean,
                _ => JsonSchemaType.String,
            },
        },
    };

    private static string PathDescription(string name) => name switch
    {
        "user" => "The user's id, percent-encoded.",
        "item" => "The item's id, percent-encoded.",
        "type" => "The feedback's type.",
        "category" => "The category.",
        _ => "A named list, such as latest, popular, trending or neighbors.",
    };

    private static Dictionary<string, OpenApiMediaType> Content(string mediaType, IOpenApiSchema schema) =>
        new() { [mediaType] = new OpenApiMediaType { Schema = schema } };

    private static async Task<IOpenApiSchema> SchemaAsync(
        Type type, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (type.IsArray)
        {
            return new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Items = await SchemaAsync(type.GetElementType()!, context, cancellationToken),
            };
        }

        var schema = await context.GetOrCreateSchemaAsync(type, null, cancellationToken);
        if (type == typeof(string) || context.Document is not { } document)
        {
            return schema;
        }

        var id = ApiDocumentation.SchemaId(type);
        document.AddComponent(id, schema);
        return new OpenApiSchemaReference(id, document);
    }
}
