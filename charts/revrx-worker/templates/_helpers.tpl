{{- define "revrx-worker.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* The release's name, unless it does not say what it is. */}}
{{- define "revrx-worker.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "revrx-worker.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "revrx-worker.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "revrx-worker.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "revrx-worker.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "revrx-worker.chartLabels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "revrx-worker.selectorLabels" -}}
app.kubernetes.io/name: {{ include "revrx-worker.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "revrx-worker.labels" -}}
{{ include "revrx-worker.selectorLabels" . }}
{{ include "revrx-worker.chartLabels" . }}
{{- end }}

{{- define "revrx-worker.redisLabels" -}}
app.kubernetes.io/name: redis
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: redis
{{- end }}

{{- /* The namespaces that are served, as JSON; none where all of them are. */}}
{{- define "revrx-worker.servedNamespaces" -}}
{{- if has "*" .Values.watchNamespaces }}
{{- if gt (len .Values.watchNamespaces) 1 }}
{{- fail "watchNamespaces: \"*\" is every namespace; leave the others out, or leave \"*\" out" }}
{{- end -}}
[]
{{- else -}}
{{ .Values.watchNamespaces | default (list .Release.Namespace) | toJson }}
{{- end }}
{{- end }}

{{- define "revrx-worker.subjects" -}}
subjects:
- kind: ServiceAccount
  name: {{ include "revrx-worker.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{- define "revrx-worker.image" -}}
{{- with .Values.image }}
{{- if .digest }}
{{- printf "%s@%s" .repository .digest }}
{{- else }}
{{- printf "%s:%s" .repository (.tag | default $.Chart.AppVersion) }}
{{- end }}
{{- end }}
{{- end }}

{{- /* What the Pod Security Standard "restricted" asks of a container, and a root file system that cannot be written. */}}
{{- define "revrx-worker.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- /* What the operator does in the namespaces that it serves. */}}
{{- define "revrx-worker.poolRules" -}}
- apiGroups: [revrx.io]
  resources: [reportworkerpools]
  verbs: [get, list, watch]
- apiGroups: [revrx.io]
  resources: [reportworkerpools/status]
  verbs: [patch]
# An owner reference that blocks the owner's deletion asks for this where OwnerReferencesPermissionEnforcement is on.
- apiGroups: [revrx.io]
  resources: [reportworkerpools/finalizers]
  verbs: [update]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [services]
  verbs: [get, list, watch, create, patch, delete]
# Looked at only while replicas are to go; a retiring one is labelled, and its deletion cost set.
- apiGroups: [""]
  resources: [pods]
  verbs: [list, patch]
# What a pool decides and what goes wrong with it, for kubectl get events.
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
# Only those that a pool names are read: is it there, and what is the broker's URL?
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
{{- end }}
