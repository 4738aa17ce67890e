{{- define "web.port" -}}
{{- $context := .context -}}
{{ $context.Values.server.port }} {{ index .of "name" }}
{{- end -}}
